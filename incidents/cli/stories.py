"""What invented people tell: the words of the demo, English and Spanish. Nobody in them lives.

Given names are stars, surnames are trees, phone numbers are of ranges that no company assigns.
"""

from dataclasses import dataclass

STARS = (
    "Adhara Alcor Alcyone Aldebarán Algedi Alhena Alnair Altair Antares Arturo Atria Bellatrix Canopo Capella Cástor "
    "Deneb Electra Enif Fomalhaut Gienah Hadar Izar Lira Maia Mérope Mimosa Mintaka Mira Mizar Nunki Pólux "
    "Rigel Sadira Shaula Sirio Talitha Vega Zaurak"
).split()
TREES = (
    "Abedul Ahuehuete Alcornoque Aliso Arrayán Baobab Cedro Ceiba Ciprés Cocobolo Encina "
    "Enebro Fresno Ginkgo Guanacaste Guayacán Haya Jacaranda Laurel Lenga Madroño Mezquite Nogal Olmo Oyamel "
    "Pinabete Quebracho Roble Sabino Samán Secuoya Sicómoro Tejo Tilo Yagrumo"
).split()
# Found nowhere else: what the canaries are made of.
RARE_STARS = (
    "Zubeneschamali Zubenelgenubi Sadalmelik Kornephoros Alsephina Rasalhague Azelfafage Vindemiatrix Yed-Posterior "
    "Menkalinan Kaffaljidhma Tianguan"
).split()
RARE_TREES = (
    "Ahuejotzintli Quiebrahachales Huizachetlán Mezquitalco Oyametzin Capulincillo Tepozanes Guamuchilar Palofierro "
    "Chicozapotera Cuauhpinoli Tejocotales"
).split()


@dataclass(frozen=True, slots=True)
class Story:
    """One kind of chain of events: its acts, who may have done them, and how it is told."""

    weight: int
    acts: tuple[tuple[str, float], ...]  # code, and how often it is part of the chain
    doers: tuple[str, ...]
    exposure: str
    place: str
    es: str
    en: str


STORIES = (
    Story(
        24,
        (("KID", 1), ("EXR", 0.8), ("ROB", 0.4)),
        ("CRG", "CRG", "ARM"),
        "BUS",
        "BUS",
        "Salimos de la central de autobuses de {city} y dos camionetas nos cerraron el paso. Hombres armados nos "
        "llevaron a una casa y llamaron a un familiar en Estados Unidos: pidieron {amount} dólares. Nos tuvieron "
        "{days} días. Dijeron que si denunciábamos nos volverían a encontrar.",
        "We left the bus station in {city} and two pickup trucks blocked the way. Armed men took us to a house and "
        "called a relative in the United States: they asked for {amount} dollars. They held us for {days} days. They "
        "said that if we went to the police they would find us again.",
    ),
    Story(
        14,
        (("KIX", 1), ("ROB", 0.7), ("THR", 0.5)),
        ("ARM", "GNG", "TRN"),
        "JUS",
        "TAX",
        "El mismo día que nos devolvieron por el puente de {city}, el taxista cambió de camino. Subieron otros dos "
        "hombres, nos quitaron el dinero y los teléfonos y nos dejaron {days} horas después en una carretera.",
        "On the very day we were returned over the bridge to {city}, the taxi driver took another road. Two more men "
        "got in, took our money and phones, and left us on a highway {days} hours later.",
    ),
    Story(
        18,
        (("EXT", 1), ("THR", 0.6)),
        ("GNG", "CRG", "IND"),
        "REN",
        "LOD",
        "En el cuarto que rentábamos en {city} tocaron tres hombres. Dijeron que los migrantes pagan {amount} pesos "
        "por semana. Pagamos dos semanas; a la tercera nos fuimos de noche.",
        "Three men knocked at the room we rented in {city}. They said that migrants pay {amount} pesos a week. We paid "
        "for two weeks; in the third we left at night.",
    ),
    Story(
        13,
        (("EXO", 1), ("THR", 0.3), ("DOC", 0.3)),
        ("PMU", "INM", "PES", "GNM"),
        "CHK",
        "CHK",
        "En un retén cerca de {city} nos bajaron del autobús. Miraron los papeles de la corte y dijeron que no "
        "servían; pidieron {amount} pesos a cada uno para dejarnos seguir.",
        "At a checkpoint near {city} they took us off the bus. They looked at the court papers and said they were "
        "worth nothing; they asked each of us for {amount} pesos to let us go on.",
    ),
    Story(
        12,
        (("ASS", 1), ("ROB", 0.8)),
        ("GNG", "IND", "ARM"),
        "SHE",
        "STR",
        "Iba del albergue a la tienda, en {city}, cuando me golpearon con una pistola y me quitaron la mochila. "
        "Estuve {days} días sin poder caminar bien.",
        "I was walking from the shelter to the shop in {city} when they hit me with a gun and took my backpack. For "
        "{days} days I could not walk properly.",
    ),
    Story(
        7,
        (("THD", 1), ("STK", 0.7)),
        ("CRG", "HCG"),
        "CAM",
        "CMP",
        "En el campamento de {city} un hombre me enseñó fotos mías de los últimos {days} días. Dijo que sabían de "
        "dónde vengo y que me iban a matar si no trabajaba para ellos.",
        "In the camp in {city} a man showed me photographs of me from the last {days} days. He said they knew where I "
        "came from and would kill me if I did not work for them.",
    ),
    Story(
        7,
        (("SXA", 0.6), ("RAP", 0.4), ("THR", 0.5)),
        ("GNG", "ARM", "SMG"),
        "REN",
        "SAF",
        "Nos tuvieron {days} días en una casa de {city}. Lo que me hicieron allí lo conté a la médica del albergue y "
        "no quiero repetirlo aquí.",
        "They held us for {days} days in a house in {city}. What they did to me there I told to the doctor of the "
        "shelter, and I do not want to repeat it here.",
    ),
    Story(
        5,
        (("DSC", 1), ("HLT", 0.6)),
        ("SHL", "INM", "IND"),
        "LIN",
        "INM",
        "En {city} nos dejaron {days} horas al final de la fila por el color de la piel. A mi hijo con fiebre no lo "
        "quisieron atender.",
        "In {city} they left us at the end of the line for {days} hours because of the colour of our skin. They would "
        "not see my son, who had a fever.",
    ),
)

OPENING = {
    "es": (
        "Mi nombre es {name}.",
        "Me llamo {name} y vengo de lejos, como todos aquí.",
        "Soy {name}. Cuento esto para que no le pase a otros.",
    ),
    "en": (
        "My name is {name}.",
        "I am {name}, and I have come a long way, like everyone here.",
        "I am {name}. I tell this so that it does not happen to others.",
    ),
}
CLOSING = {
    "es": (
        "No denuncié, por miedo.",
        "Fui a denunciar y me dijeron que volviera otro día.",
        "Perdí mi audiencia por esto.",
        "Una señora nos dio agua y nos llevó al albergue.",
    ),
    "en": (
        "I did not report it, out of fear.",
        "I went to report it and was told to come back another day.",
        "I missed my hearing because of this.",
        "A woman gave us water and took us to the shelter.",
    ),
}
AGAIN = {
    "es": "Lo que ya contó otra persona de nuestro grupo lo cuento yo también.",
    "en": "What another person of our group has told you already, I tell you too.",
}
# In no square brackets: in a report these stand for what would show who somebody is.
MARK = {"es": "(Relato inventado para la demostración.)", "en": "(Account invented for the demonstration.)"}
PERSON_MARK = {"es": "persona inventada", "en": "invented person"}

# Municipality, state, name as people say it, and how often.
CITIES = (
    ("28027", "MX-TAM", "Nuevo Laredo", 20),
    ("28022", "MX-TAM", "Matamoros", 17),
    ("28032", "MX-TAM", "Reynosa", 9),
    ("08037", "MX-CHH", "Ciudad Juárez", 24),
    ("02004", "MX-BCN", "Tijuana", 18),
    ("02002", "MX-BCN", "Mexicali", 5),
    ("05025", "MX-COA", "Piedras Negras", 4),
    ("26043", "MX-SON", "Nogales", 3),
)
NATIONALITIES = (
    ("HND", 30),
    ("GTM", 18),
    ("SLV", 14),
    ("CUB", 12),
    ("ECU", 9),
    ("VEN", 6),
    ("NIC", 6),
    ("HTI", 3),
    ("BRA", 2),
)
# Months in which it happened: the programme grows through 2019, the border closes in March 2020, and returns end in
# January 2021.
MONTHS = (
    *(
        (f"2019-{month:02}", weight)
        for month, weight in enumerate((1, 2, 3, 5, 7, 9, 12, 13, 12, 11, 10, 9), 1)
    ),
    *((f"2020-{month:02}", weight) for month, weight in enumerate((12, 11, 9, 4, 3, 3, 5, 6, 6, 5, 4, 3), 1)),
    *((f"2021-{month:02}", weight) for month, weight in enumerate((1, 1), 1)),
)
