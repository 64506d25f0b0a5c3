"""Public holidays of a place: "US", or with those of one of its states "US-VA"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache, partial

from flows.flow import FlowError
from flows.word import Word, Written

# Between the names of two holidays that fall on one day.
_TWO = "; "
# Of countries whose holidays the calendar does not name in Spanish.
_SPANISH = {
    "Alaska Day": "Día de Alaska",
    "All Souls' Day": "Día de los Fieles Difuntos",
    "American Indian Heritage Day": "Día de la Herencia Indígena Estadounidense",
    "American Samoa Flag Day": "Día de la Bandera de Samoa Americana",
    "Arbor Day": "Día del Árbol",
    "Bennington Battle Day": "Día de la Batalla de Bennington",
    "Casimir Pulaski Day": "Día de Casimir Pulaski",
    "Cesar Chavez Day": "Día de César Chávez",
    "Christmas Day": "Navidad",
    "Christmas Eve": "Nochebuena",
    "Christmas Second Day": "segundo día de Navidad",
    "Citizenship Day": "Día de la Ciudadanía",
    "Columbus Day": "Día de Colón",
    "Columbus Day / American Indian Heritage Day / Fraternal Day": (
        "Día de Colón, de la Herencia Indígena Estadounidense y de la Fraternidad"
    ),
    "Columbus Day and Puerto Rico Friendship Day": "Día de Colón y de la Amistad con Puerto Rico",
    "Commonwealth Covenant Day": "Día del Convenio de la Mancomunidad",
    "Commonwealth Cultural Day": "Día de la Cultura de la Mancomunidad",
    "Confederate Memorial Day": "Día de los Caídos Confederados",
    "Constitution Day": "Día de la Constitución",
    "Day After Christmas": "día después de Navidad",
    "Day After Thanksgiving": "día después de Acción de Gracias",
    "Diwali": "Diwali, fiesta de las luces",
    "Dr. Martin Luther King Jr. / Civil Rights Day": "Día de Martin Luther King y de los Derechos Civiles",
    "Dr. Martin Luther King Jr. and Robert E. Lee's Birthdays": "nacimientos de Martin Luther King y Robert E. Lee",
    "Easter Monday": "Lunes de Pascua",
    "Election Day": "Día de las Elecciones",
    "Emancipation Day": "Día de la Emancipación",
    "Emancipation Day In Texas": "Día de la Emancipación en Texas",
    "Epiphany": "Epifanía",
    "Family Day": "Día de la Familia",
    "Frances Xavier Cabrini Day": "Día de Francisca Javier Cabrini",
    "Friday After Thanksgiving": "viernes después de Acción de Gracias",
    "George Washington & Thomas Jefferson's Birthday": "nacimientos de George Washington y Thomas Jefferson",
    "George Washington Day": "Día de George Washington",
    "George Washington Day, Presidents' Day, and the Day of the Women and Men Heroes of Puerto Rico": (
        "Día de George Washington, de los Presidentes y de las Mujeres y los Hombres Próceres de Puerto Rico"
    ),
    "George Washington's Birthday and Daisy Gatson Bates Day": (
        "nacimiento de George Washington y Día de Daisy Gatson Bates"
    ),
    "Good Friday": "Viernes Santo",
    "Guam Discovery Day": "Día del Descubrimiento de Guam",
    "Holy Thursday": "Jueves Santo",
    "Inauguration Day": "Día de la Toma de Posesión",
    "Independence Day": "Día de la Independencia",
    "Indigenous Peoples' Day": "Día de los Pueblos Indígenas",
    "Indigenous Peoples' Day / Columbus Day": "Día de los Pueblos Indígenas y de Colón",
    "Jefferson Davis Birthday": "nacimiento de Jefferson Davis",
    "Juneteenth National Independence Day": "Juneteenth, Día de la Libertad",
    "Kamehameha Day": "Día de Kamehameha",
    "Labor Day": "Día del Trabajo",
    "Lady of Camarin Day": "Día de Nuestra Señora del Camarín",
    "Liberation Day (Guam)": "Día de la Liberación de Guam",
    "Liberty Day": "Día de la Libertad",
    "Lincoln's Birthday": "nacimiento de Lincoln",
    "Lincoln's and Washington's Birthdays": "nacimientos de Lincoln y Washington",
    "Lincoln/Washington Presidents' Day": "Día de los Presidentes, Lincoln y Washington",
    "Lyndon Baines Johnson Day": "Día de Lyndon Baines Johnson",
    "Manu'a Islands Cession Day": "Día de la Cesión de las Islas Manu'a",
    "Mardi Gras": "Martes de Carnaval",
    "Martin Luther King Jr. / Idaho Human Rights Day": "Día de Martin Luther King y de los Derechos Humanos de Idaho",
    "Martin Luther King Jr. Day": "Día de Martin Luther King",
    "Martin Luther King Jr.'s Birthday": "nacimiento de Martin Luther King",
    "Martin Luther King, Jr & Robert E. Lee's Birthday": "nacimientos de Martin Luther King y Robert E. Lee",
    "Memorial Day": "Día de los Caídos",
    "Native American Heritage Day": "Día de la Herencia de los Nativos Americanos",
    "Native Americans' Day": "Día de los Nativos Americanos",
    "Nevada Day": "Día de Nevada",
    "New Year's Day": "Año Nuevo",
    "New Year's Eve": "Nochevieja",
    "Patriots' Day": "Día de los Patriotas",
    "Pioneer Day": "Día de los Pioneros",
    "President's Day": "Día de los Presidentes",
    "Presidents Day": "Día de los Presidentes",
    "Presidents' Day": "Día de los Presidentes",
    "Primary Election Day": "Día de las Elecciones Primarias",
    "Prince Jonah Kuhio Kalanianaole Day": "Día del príncipe Jonah Kuhio Kalanianaole",
    "Puerto Rican Identity Day": "Día de la Puertorriqueñidad",
    "Puerto Rico Constitution Day": "Día de la Constitución de Puerto Rico",
    "San Jacinto Day": "Día de San Jacinto",
    "Seward's Day": "Día de Seward",
    "State Holiday": "feriado estatal",
    "Statehood Day": "Día de la Admisión como Estado",
    "Susan B. Anthony Day": "Día de Susan B. Anthony",
    "Texas Independence Day": "Día de la Independencia de Texas",
    "Thanksgiving Day": "Día de Acción de Gracias",
    "Three Kings Day": "Día de Reyes",
    "Town Meeting Day": "Día de la Asamblea Municipal",
    "Transfer Day": "Día del Traspaso",
    "Truman Day": "Día de Truman",
    "Veterans Day": "Día de los Veteranos",
    "Victory Day": "Día de la Victoria",
    "Washington and Lincoln Day": "Día de Washington y Lincoln",
    "Washington's Birthday": "nacimiento de Washington",
    "Washington's and Lincoln's Birthday": "nacimientos de Washington y Lincoln",
    "Washington-Lincoln Day": "Día de Washington y Lincoln",
    "West Virginia Day": "Día de Virginia Occidental",
    "White Sunday": "Domingo Blanco",
}


def holiday(region: str, day: date) -> Word:
    """Return the public holiday's name; "" on any other day, and everywhere in the region ""."""
    known = bool(region) and day in _holidays(region, day.year, "en_US")
    return Written(partial(_named, region, day)) if known else Word("")


def _named(region: str, day: date, language: str) -> str:
    if language == "es" and "es" in _languages(region):
        return _holidays(region, day.year, "es")[day]
    name = _holidays(region, day.year, "en_US")[day]
    return _TWO.join(_SPANISH.get(one, one) for one in name.split(_TWO)) if language == "es" else name


@cache
def check_region(region: str) -> None:
    """Raise FlowError if the holidays of this place are not known; an alias such as USA will do."""
    from holidays import list_supported_countries  # 11 MB, which a process without schedules need not carry

    country, _, part = region.partition("-")
    known = list_supported_countries()
    if country not in known or (part and part not in known[country]) or region.endswith("-"):
        raise FlowError(f"{region!r} is not a place with known holidays; use one such as US, US-VA or ES, or nothing")


@cache
def _languages(region: str) -> tuple[str, ...]:
    from holidays import country_holidays

    return country_holidays(region.partition("-")[0]).supported_languages


@cache
def _holidays(region: str, year: int, language: str) -> Mapping[date, str]:
    from holidays import country_holidays

    country, _, part = region.partition("-")
    found = country_holidays(country, subdiv=part or None, years=year, language=language)
    return {day: re.sub(r" \((?:observed|observado)\)", "", name) for day, name in found.items()}
