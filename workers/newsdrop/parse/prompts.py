"""What sites say to their readers below an article, in languages of Europe: subscribe, share, comment, print.

Asked about the last lines of a text (endings.py, which has the forms of Chinese). Refuses lines that say
something besides, since inside a text the same words are news. Pure.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["LONGEST_PROMPT", "is_spoken", "prompts_readers"]

#: A longer line has something to say besides.
LONGEST_PROMPT: Final = 240

_NETWORK: Final = (
    r"(?:facebook|twitter|instagram|telegram|whats\s?app|you\s?tube|tik\s?tok|linked\s?in|threads|bluesky"
    r"|mastodon|"
    r"google\s(?:news|noticias|\+)|pinterest|xing|vk|вконтакте|телеграм\w*|x)\b"
)
_ENGLISH: Final = rf"""
      follow\s(?:us|me|(?:the\s)?@?\w+(?:\s\w+){{0,3}})\s(?:on|at)\s{_NETWORK}.*
    | (?:like|find)\s(?:us|me|our\s\w+)\s(?:on|at)\s{_NETWORK}.*
    | (?:subscribe|sign\sup)\s(?:now\s|today\s|here\s)?(?:to|for)\s.*
    | to\s(?:read|view|see|continue)\s[^.]{{0,80}}\b(?:subscribe|log\s?in|sign\s(?:in|up)|register)\b.*
    | for\s(?:the\slatest|breaking\snews|more\s(?:news|stories|information|updates|coverage))\b[^.]{{0,80}}
      \b(?:download|follow|subscribe|sign\sup)\s.*
    | if\syou['’]re\sseeing\sthis\smessage\b.*\bsubscriber\b.*
    | (?:already|not\syet|not)\s(?:a\s|our\s)?(?:subscriber|member)\?.*
    | never\smiss\s.*\b(?:sign(?:ing)?\sup|subscrib\w+)\b.*
    | (?:get|join|download)\s(?:our|the|all)\s.{{0,80}}\b(?:newsletter|inbox|mailing\slist|app)\b.*
    | .{{0,120}}\b(?:delivered|straight|directly)\b.{{0,12}}\sto\syour\sinbox\b.{{0,40}}
    | comments?\s(?:are\s)?(?:now\s)?(?:closed|off|disabled)(?:\s.{{1,30}})?
    | (?:leave|post|write|add|send)\s(?:a|your)\s(?:comment|reply|response) | no\scomments?(?:\syet)?
    | be\sthe\sfirst\sto\s(?:comment|reply|like\sthis)
    | join\sthe\s(?:conversation|discussion)(?:\s.{{1,30}})?
    | (?:be\ssociable,?\s)?share(?:\s(?:this|via|on)\b.{{0,40}})?
    | click\sto\s(?:share|print|email)\b.{{0,60}}
    | print(?:\sthis)?(?:\s(?:article|page|post|story|recipe))? | e-?mail\sthis(?:\s\w+)? | advertisements?
    | (?:back|scroll)\sto\s(?:the\s)?(?:top|list|overview|home(?:page)?)
    | was\sthis\s\w+\s(?:helpful|useful)
    | (?:©|\(c\)|copyright\b).{{0,120}}\ball\srights\sreserved\b.{{0,60}}
    | (?:©|\(c\)|copyright\b).{{0,160}}\bmay\snot\sbe\s(?:published|reproduced|copied)\b.*
    | (?:read\sor\s)?share\sthis\sstory\b.* | tell\syour\sfriends\b.{{0,40}}
    | this\s(?:article|material|story|content)\s
      (?:is\sthe\scopyright|may\snot\sbe\s(?:published|reproduced|copied)).*
    | (?:no\spart\sof|written\spermission\smust)\s.{{0,80}}
      \b(?:reprint\w*|reproduc\w+|publish\w*|obtained)\b.*
    | (?:view|show|see|read|hide|load)\s(?:all\s|more\s)?(?:\d+\s)?(?:comments?|replies)(?:\s\(\d+\))?
    | comments?(?:\s?\(?\d+\)?)?
    | (?:load|show|see|view)\smore(?!\s(?:photo|picture|image|video))(?:\s\w+)?
    | (?:tags?|filed\sunder|topics?|categor(?:y|ies)|keywords|posted\sin)\s?:\s?(?!.*[.!?]$).{{1,120}}
    | (?:next|previous|prev)\s(?:article|post|story)(?:\s?:\s(?!.*[.!?]$).{{0,80}})?
    | click\shere\s(?:to|for)\s(?:subscribe|sign|join|donate|more)\b.{{0,60}}
    | (?:this\s(?:story|article|content)\sis\s)?(?:available\s)?(?:only\s)?(?:for
      |to)\s(?:our\s)?(?:subscribers|members)(?:\sonly)?
    | you\shave\s(?:\w+\s)?\d+\s(?:free\s)?(?:articles?|stories)\b.{{0,40}}
    | (?:[^.]{{0,80}}[\s—–-])?(?:join|follow)\sour\s[^.]{{0,24}}\b(?:channel|group|community)\b.{{0,40}}
    | send\sus\syour\s.{{2,40}} | ends? | (?<=[-–—])30(?=[-–—]) | our\sstandards:.{{0,60}} | watch
    | (?:contact|e-?mail|reach|write\sto)\s(?:the\s(?:author|writer|reporter)|us|me
      |(?-i:[A-Z])[\w’'-]+\s(?-i:[A-Z])[\w’'-]+)(?:\s(?:at|via|on)|:)\s.{{0,80}}
    | (?:got|have|know)\s(?:a|any|some)\s(?:news\s|story\s|confidential\s)?tips?(?:\s(?:for|about|you
      |to\sshare)\b.{{0,40}})?\?.{{0,100}}
    | (?=.*\b(?:donat(?:e|ion|ing)|chip\sin|support(?:ing)?\s(?:us|our|independent|quality|local)
      |become\sa\s(?:\w+\s)?(?:member|patron|supporter)))
      (?=.*\b(?:please|consider|today|help\sus|if\syou|your\ssupport|click)\b)(?=.*\b(?:us|our|we
      |journalism|newsroom|reporting)\b).*
    | .{{0,80}}\bnot\sresponsible\sfor\sthe\s(?:contents?|opinions?|views?)\b.*
      \b(?:contributors?|external|presented|expressed|third)\b.*
"""
_GERMAN: Final = r"""
      (?:(?:diesen?|den)\s)?(?:artikel|beitrag|seite|inhalt|text|meldung|rezept|news)\s
      (?:jetzt\s)?(?:teilen|drucken|ausdrucken|empfehlen|weiterempfehlen|kommentieren|bewerten|merken
      |versenden)
    | (?:jetzt|hier)?\s?(?:teilen|drucken|kommentieren(?:\ssie)?)
    | möchten\ssie\s(?:den|diesen)\s\w+\steilen
    | (?:war|hat)\s(?:ihnen\s|dir\s)?(?:der|dieser|dieses|das)\s\w+\s(?:hilfreich|nützlich|gefallen)
    | kommentare?\s(?:geschlossen|deaktiviert|schreiben) | keine\skommentare
    | noch\skeine\s(?:kommentare|bewertungen)
    | (?:die\s)?kommentarfunktion\sist\s.{0,40}
    | schreib\w*\s(?:einen|uns\seinen|den\sersten)\skommentar.{0,20}
    | (?:sie\smüssen|du\smusst)\s(?:sich|dich|angemeldet|eingeloggt)\b.{0,80}
    | (?:bitte\s)?(?:registrieren|anmelden|einloggen|loggen)\b.{0,12}\s(?:um|und)\s.{0,80}
    | (?:jetzt\s)?(?:zum|unseren|den)\s.{0,40}newsletter\s(?:anmelden|abonnieren|bestellen).{0,40}
    | (?:jetzt\s)?newsletter\s(?:abonnieren|bestellen) | mit\sunserem\snewsletter\s.*
    | (?:zurück\s(?:zur|zum)\s\w+|nach\soben|seitenanfang) | (?:alle\s)?angaben\sohne\sgewähr
    | lesen\ssie\s(?:hier|dazu)\b.{0,80}
    | (?:jetzt\s)?(?:für|zu)\s.{0,20}newsletter\s(?:anmelden|registrieren)
    | quellen?\s?:\s?[^.:]{2,60}(?:\.\w{2,3}\b.{0,30})? | (?:alle\s)?kommentare(?:\s?\(?\d+\)?)?
    | diskutieren\ssie\smit.{0,30}
    | (?:zur\s)?startseite | alle\srechte\svorbehalten.{0,30} | unterstützen\ssie\s(?:uns|unsere).{0,80}
    | (?:artikel\s)?(?:merken|speichern|teilen|vorlesen)
    | folg(?:e|t|en)\s(?:sie\s)?uns\s(?:auf|bei|in)\s.* | werbung | anzeige
"""
_ROMANCE: Final = rf"""
      (?:suivez|retrouvez|rejoignez)(?:-|\s)(?:nous|la?|les|toute)\b.{{0,80}}{_NETWORK}.* | abonnez-vous\b.*
    | inscrivez-vous\b.{{0,60}}(?:newsletter|lettre)\b.* | partage[rz]\s?(?:cet\sarticle|sur\s.{{2,30}})?
    | pour\slire\sla\ssuite\b.* | .{{0,60}}\b(?:article|suite|contenu)\sréservée?\saux\sabonnés.{{0,40}}
    | (?:vos|les|aucun|laisser\sun|ajouter\sun)\s(?:réactions?|commentaires?) | imprimer(?:\s.{{1,20}})?
    | publicité | il\svous\sreste\s\d+\s?%.* | tous\sdroits\s(?:de\s.{{2,40}}\s)?réservés.{{0,60}}
    | soutenez(?:-nous|\s(?:notre|nos|la)).{{0,60}}
    | fai(?:tes|re)\sun\sdon.{{0,40}} | commentaires?(?:\s?\(?\d+\)?)? | réagi(?:r|ssez)(?:\sà\s.{{2,30}})?
    | \(?avec\s(?:afp|reuters|ap)\)? | todos\slos\sderechos\sreservados.{{0,60}}
    | comentarios?(?:\s?\(?\d+\)?)?
    | con\sinformación\sde\s[^,.]{{2,30}} | todos\sos\sdireitos\sreservados.{{0,60}}
    | tutti\si\sdiritti\sriservati.{{0,60}}
    | (?:s[íi]gue(?:nos|me)|s[íi]gan?(?:os|nos)?|seguinos|sigue\sa\s.{{2,30}})\s(?:también\s)?(?:en|por)\s.*
    | (?:ya\ssabías|mira|entra|conoce|únete|sigue)\b.{{0,60}}
      \bcanal\sde\s(?:telegram|whats\s?app|you\s?tube)\b.*
    | suscr[íi]b(?:ete|ase|ite|anse)\b.* | (?:hazte|hágase)\s(?:miembro|socio|suscriptor)\b.*
    | (?:únete|súmate|recibe|reciba|regístrate)\b.{{0,80}}\b(?:newsletter|bolet[íi]n)\b.*
    | compart(?:ir|e|a|ilhe|ilhar)\s?(?:(?:esta|este|en|no|na)\s.{{2,30}})? | publicidad(?:e)?
    | deja\s(?:tu|un)\scomentario
    | (?:nos\ssiga|siga(?:-nos)?|acompanhe)\s(?:no|na|nas|o|a|também)\s.* | (?:assine|inscreva-se)\b.*
    | seguici\s(?:su|anche)\s.* | iscriviti\b.* | condividi(?:\s.{{1,30}})? | stampa
    | ultima\smodifica\b.{{0,30}}
"""
_SLAVIC: Final = r"""
      подпи(?:сывайтесь|шитесь|шись)\s(?:на|и)\s.* | читайте\sнас\sв\s.* | поделиться(?:\s.{1,20})?
    | (?:оставить|добавить)\sкомментарий | нашли\sошибку\b.* | реклама
    | источник\s?:\s?[^.:]{2,60} | фото\s?:\s?[^.:]{2,60} | теги\s?:.{1,100}
    | комментарии(?:\s?\(?\d+\)?)?
    | все\sправа\sзащищены.{0,60}
    | больше\s(?:новостей|интересного)\s.{0,40}(?:канал|телеграм)\w*.{0,20}
    | поддержите\s(?:нас|редакцию|проект).{0,60}
    | (?:udostępnij|drukuj|skomentuj|więcej\]?)(?:\s.{1,30})? | (?:obserwuj|śledź)\snas\s(?:na|w)\s.*
    | (?:zapisz|zapraszamy)\s.{0,20}(?:newsletter\w*|subskrypcji)\b.*
"""
#: The agency that a text is from, in brackets or not.
_AGENCY: Final = r"(?:a[fn]p|afp|ansa|ap|apa|dpa|efe|epd|kna|reuters|sid|тасс|риа\sновости|интерфакс)"
_AGENCIES: Final = rf"{_AGENCY}(?:[\s/,&-]+{_AGENCY}){{0,3}}"
#: What somebody says isn't the site's.
_SPOKEN: Final = re.compile(
    r"[,?!”\"»]\s(?:(?:[\w’'-]+\s){0,4}(?:said|says?|told|tells|wrote|writes|asked|asks|shouted|cried"
    r"|replied|added|recalled|joked"
    r"|warned|urged|explained)\b|(?:sagt|schr[ie]+b|mein|rief|erklär)\w*\b|(?:disai|di|écri|expliqu"
    r"|lanç)\w*[\s-]|"
    r"(?:dij|dec|dic|escrib|dis|diz)\w*\b|(?:говор|сказ|пис|добав)\w*)"
    r"|^\W*(?:he|she|they|the\s\w+|[^\W\d]\w+)\s(?:said|says|asked|asks|told|tells|wrote|writes)\b",
    re.IGNORECASE,
)
_PROMPT: Final = re.compile(
    rf"^\W*(?:{_ENGLISH}|{_GERMAN}|{_ROMANCE}|{_SLAVIC}|{_AGENCIES})\W*$", re.IGNORECASE | re.VERBOSE
)


def prompts_readers(line: str) -> bool:
    """Whether a line only asks readers to do something, or says whose the page is."""
    return len(line) <= LONGEST_PROMPT and _PROMPT.match(line) is not None and not is_spoken(line)


def is_spoken(line: str) -> bool:
    """Whether a line in a language of Europe ends with who says it."""
    return _SPOKEN.search(line) is not None
