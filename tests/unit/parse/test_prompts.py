"""What sites say to their readers below an article, and sentences of news with the same words."""

from __future__ import annotations

import pytest

from newsdrop.documents import Block
from newsdrop.parse.endings import endings
from newsdrop.parse.prompts import LONGEST_PROMPT, prompts_readers


@pytest.mark.parametrize(
    "line",
    [
        "Follow the River Herald on Twitter and Facebook.", "Find us on Instagram",
        "Subscribe now for the full story.",
        "To continue reading, please log in or register.", "For the latest news, download our River app.",
        "If you’re seeing this message but you are a subscriber, log in.", "Not yet a subscriber? Join us.",
        "Never miss a flood: sign up for our alerts", "Get our daily newsletter",
        "News delivered straight to your inbox",
        "Comments are closed.", "Leave a reply", "No comments yet", "Share this story", "Share via e-mail",
        "Print", "Read or Share this story: http://ri.ver/1", "TELL YOUR FRIENDS ABOUT RIVER.EXAMPLE",
        "Copyright 2011 The River Press. All rights reserved. This text may not be published.",
        "ADVERTISEMENT", "Back to the top", "Was this page helpful?",
        "© 2024 River Herald. All rights reserved.",
        "This material may not be published, broadcast or rewritten.",
        "The Herald is not responsible for the content of external sites.",
        "Diesen Artikel teilen", "Beitrag drucken", "Kommentare geschlossen",
        "War dieser Artikel hilfreich?",
        "Sie müssen angemeldet sein, um zu kommentieren.", "Jetzt unseren Newsletter abonnieren!",
        "zurück zur Übersicht",
        "Alle Angaben ohne Gewähr", "Folgen Sie uns auf Mastodon!", "- Anzeige -",
        "Suivez-nous sur Facebook", "Abonnez-vous pour lire la suite", "Partager cet article",
        "Aucun commentaire",
        "Síguenos en Instagram y X", "Suscríbete a nuestro boletín", "¡Únete a nuestro canal de WhatsApp!",
        "Compartir",
        "Nos siga no Instagram", "Inscreva-se no canal", "Seguici su Telegram", "Condividi su Facebook",
        "View comments", "Load more", "Tags: fog, ferry", "Next article",
        "You have 2 free articles remaining.",
        "Got a tip? Email tips@ri.ver", "Email Ann Li at ann@ri.ver", "Join our WhatsApp channel", "-30-",
        "ENDS",
        "If you enjoyed this article, please consider supporting us.", "This story is for subscribers only.",
        "Quelle: ntv.de, mau/dpa", "(dpa)", "dpa/AFP", "Alle Rechte vorbehalten", "Zur Startseite",
        "Il vous reste 60% de cet article à lire.", "Tous droits réservés", "Faites un don", "(avec AFP)",
        "Todos los derechos reservados", "Con información de EFE", "Источник: ТАСС", "Все права защищены",
        "Подписывайтесь на наш канал", "Поделиться", "Drukuj", "Obserwuj nas na Facebooku",
    ],
)  # fmt: skip
def test_a_line_that_only_prompts_readers_goes(line: str) -> None:
    assert prompts_readers(line)
    assert list(endings([Block("p", "The ferry crosses the river at eight."), Block("p", line)])) == [1]


@pytest.mark.parametrize(
    "line",
    [
        "Already a member of the council, she wants to lead it.",
        "For more than a year they follow the river.",
        "He said the firm is not responsible for the content that people post.",
        "Like others on Twitter, the ferryman asked why.", "Share the river with the fish, he said.",
        "Lo dijo el alcalde en su canal de Telegram.", "Recibe la medalla del grupo de pescadores.",
        "Der Artikel teilt die Stadt in zwei Lager.", "Die Seite druckt heute nicht mehr.",
        "Les commentaires du maire ont surpris.", "Реклама на реке запрещена с понедельника.",
        "Sign up for the navy, his father told him.", "Follow us, the captain shouted.",
        "Next post: the old quay.",
        "“Subscribe to nothing,” he wrote.", "Donate today, the poster said.",
        "Topic: the sea, always the sea.",
        "She asked if you could please donate to us.", "Got a tip from the waiter?", "Ends meet here.",
        "If you want to help, you can donate to the River Fund at its office on the quay.",
        "More from the sea than from the land, they say.", "Quelle: unbekannt, sagte er.",
        "Merken Sie sich das.", "See more photos:",
        "Faites un don de sang, disait l’affiche.", "Комментарии излишни.",
        "She had to sign up for the night ferry.", "The print of the old map hangs in the hall.",
        "Comments of the mayor are closed to the public, a judge said.",
    ],
)  # fmt: skip
def test_a_sentence_with_such_words_stays(line: str) -> None:
    assert not prompts_readers(line)
    assert not endings([Block("p", "The ferry crosses the river at eight."), Block("p", line)])


def test_a_longer_line_says_something_besides() -> None:
    line = "Subscribe to " + "the river, " * LONGEST_PROMPT
    assert not prompts_readers(line)
