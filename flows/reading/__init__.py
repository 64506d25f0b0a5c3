"""What a person meant: answers, days and hours, words that are obeyed everywhere, asking to stop."""
