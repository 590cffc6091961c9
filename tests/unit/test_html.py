"""Markup: safe by type, complete without script or style sheet, and proof against any text."""

from __future__ import annotations

import copy
import html as standard_html
import pickle
import re
from pathlib import Path

import pytest
from PIL import Image
from zoo import HOSTILE, REORDERS_OR_CONTROLS, elements, embedded, only_image, soup
from zoo.images import encoded, photograph

import imgdisplay
from imgdisplay import Html, gallery, image_formatter, img, thumbnail

PHOTO = photograph("chelsea")
IMG_ATTRIBUTES = {"class", "src", "width", "height", "alt", "title", "style"}

# What JupyterLab leaves of a style in a notebook that is not trusted.
KEPT_BY_SANITISERS = {
    "width",
    "height",
    "max-width",
    "background-image",
    "margin",
    "padding",
    "border",
    "display",
    "vertical-align",
    "text-align",
}

hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


class TestHtml:
    def test_is_a_str(self) -> None:
        html = Html("<b>bold</b>")

        assert isinstance(html, str)
        assert html == "<b>bold</b>"
        assert type(str(html)) is str
        assert str(html) == "<b>bold</b>"
        assert f"{html}" == "<b>bold</b>"

    def test_says_that_it_is_safe(self) -> None:
        html = Html("<b>")

        assert html.__html__() == "<b>"
        assert isinstance(html.__html__(), Html)
        assert html._repr_html_() == "<b>"

    def test_is_not_escaped_by_template_engines(self) -> None:
        jinja2 = pytest.importorskip("jinja2")

        template = jinja2.Environment(autoescape=True).from_string("{{ a }}{{ b }}")

        assert template.render(a=Html("<b>"), b="<b>") == "<b>&lt;b&gt;"

    def test_has_a_short_repr(self) -> None:
        assert len(repr(img(PHOTO))) < 60
        assert "base64" not in repr(img(PHOTO))

    def test_is_text_again_after_any_operation(self) -> None:
        html = Html("<b>")

        for text in (html + "<i>", html[:2], html.upper(), html * 2, "".join([html, html])):
            assert type(text) is str

    def test_survives_pickling_and_copying(self) -> None:
        html = Html("<b>")

        for other in (pickle.loads(pickle.dumps(html)), copy.copy(html), copy.deepcopy(html)):
            assert type(other) is Html
            assert other == html

    def test_has_no_attributes_of_its_own(self) -> None:
        with pytest.raises(AttributeError):
            Html("<b>").note = 1  # type: ignore[attr-defined]

    def test_is_what_every_function_returns(self) -> None:
        import pandas as pd

        made = [
            img(PHOTO),
            gallery([PHOTO]),
            image_formatter(PHOTO),
            image_formatter("text"),
            imgdisplay.table(pd.DataFrame({"a": [PHOTO]})),
            thumbnail(PHOTO).html(),
        ]

        assert {type(html) for html in made} == {Html}


class TestImgElement:
    def test_has_both_attributes_and_style_for_its_size(self) -> None:
        tag = only_image(img(PHOTO, size=120))

        assert (tag["width"], tag["height"]) == ("120", "80")
        style = dict(part.split(":", 1) for part in str(tag["style"]).split(";") if part)
        assert style["width"] == "120px"
        assert style["height"] == "80px"
        assert style["max-width"] == "none"

    def test_holds_its_picture(self) -> None:
        tag = only_image(img(PHOTO, size=120, scale=1))

        assert embedded(tag).size == (120, 80)

    def test_always_has_an_alternative_text(self) -> None:
        for html in (img(PHOTO), img(PHOTO, alt=""), img(PHOTO, alt=None), gallery([PHOTO])):
            (tag,) = [tag for tag in elements(html) if tag.name == "img"]
            assert len(str(tag["alt"])) > 3
        assert only_image(img(PHOTO, alt="Chelsea"))["alt"] == "Chelsea"

    def test_uses_nothing_that_untrusted_notebooks_drop(self) -> None:
        clear = Image.new("RGBA", (40, 40))
        for html in (img(PHOTO), img(clear), gallery([PHOTO, clear, b"broken"], captions="abc")):
            for tag in elements(html):
                assert tag.name in {"img", "div", "figure", "figcaption"}
                assert set(tag.attrs) <= IMG_ATTRIBUTES
                style = str(tag.get("style", ""))
                properties = {
                    part.split(":", 1)[0]
                    for part in re.split(r";(?![a-z0-9]+,)(?!base64)", style)
                    if part
                }
                assert properties <= KEPT_BY_SANITISERS

    def test_shows_transparency_on_a_backdrop_that_travels_with_it(self) -> None:
        tag = only_image(img(Image.new("RGBA", (40, 40))))

        assert "background-image:url(data:image/png;base64," in str(tag["style"])
        assert "background-image" not in str(only_image(img(PHOTO))["style"])
        assert "background-image" not in str(
            only_image(img(Image.new("RGBA", (40, 40)), background="white"))["style"]
        )

    def test_asks_for_nothing_from_elsewhere(self) -> None:
        for tag in elements(gallery([PHOTO, b"broken"], captions=["a", "https://example.com"])):
            for name in ("src", "href", "srcset", "data"):
                assert str(tag.get(name, "data:")).startswith("data:")
            assert "//" not in re.sub(r"url\(data:[^)]*\)", "", str(tag.get("style", "")))


def assert_harmless(html: str, *, images: int, allowed: set[str]) -> None:
    """Check that markup holds nothing but what is expected of it."""
    page = soup(html)
    found = elements(html)
    assert sum(tag.name == "img" for tag in found) == images
    assert {tag.name for tag in found} <= allowed
    for tag in found:
        assert set(tag.attrs) <= IMG_ATTRIBUTES, tag.attrs
        for value in tag.attrs.values():
            assert REORDERS_OR_CONTROLS.isdisjoint(
                "".join(value) if isinstance(value, list) else value
            )
    assert REORDERS_OR_CONTROLS.isdisjoint(page.get_text())
    html.encode()  # no lone surrogates


class TestHostileText:
    @hostile
    def test_as_alternative_text_makes_no_element_or_attribute(self, text: str) -> None:
        html = img(PHOTO, alt=text, size=32)

        assert_harmless(html, images=1, allowed={"img"})
        alt = str(only_image(html)["alt"])
        assert len(alt) <= 200
        plain = re.sub("[^a-z]", "", alt)
        assert plain[:10] == re.sub("[^a-z]", "", text)[: len(plain)][:10]

    @hostile
    def test_as_caption_makes_no_element_or_attribute(self, text: str) -> None:
        html = gallery([PHOTO, PHOTO], captions=[text, "plain"], size=32)

        assert_harmless(html, images=2, allowed={"div", "figure", "figcaption", "img"})

    @hostile
    def test_as_key_or_index_makes_no_element_or_attribute(self, text: str) -> None:
        import pandas as pd

        index = pd.Index([text], dtype=object)
        for sources in ({text: PHOTO}, pd.Series([PHOTO], index=index, name=text)):
            html = gallery(sources, size=32)
            assert_harmless(html, images=1, allowed={"div", "figure", "figcaption", "img"})

    @hostile
    def test_as_cell_makes_no_element(self, text: str) -> None:
        html = image_formatter(text)

        assert elements(html) == []
        assert re.sub(r"\s", "", soup(html).get_text())[:5] or not text.strip()
        html.encode()

    @hostile
    def test_as_a_file_name_makes_no_element_or_attribute(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / (re.sub("[/\0]", "_", text)[:60] + ".png")
        try:
            path.write_bytes(encoded(PHOTO))
        except (OSError, UnicodeError):
            pytest.skip("no file can have this name")

        for source in (path, {"bytes": encoded(PHOTO), "path": text}):
            assert_harmless(img(source, size=32), images=1, allowed={"img"})
        path.write_bytes(b"broken")
        html = gallery([path], size=32)
        assert_harmless(html, images=1, allowed={"div", "figure", "figcaption", "img"})

    @hostile
    def test_in_an_error_makes_no_element_or_attribute(self, text: str) -> None:
        class Mine:
            def __imgdisplay__(self) -> object:
                raise RuntimeError(text)

        class Named:
            def __repr__(self) -> str:
                return text

        for source in (Mine(), Named(), {text: 1}, [text], {"path": text}):
            html = gallery([source], size=32)
            assert_harmless(html, images=1, allowed={"div", "figure", "figcaption", "img"})

    @hostile
    def test_in_every_place_of_a_frame_makes_no_element(self, text: str) -> None:
        import pandas as pd

        # Objects: pandas 3 does not take every hostile text for a string.
        frame = pd.DataFrame(
            [[text, PHOTO, PHOTO], ["x", PHOTO, text + ".png"]],
            index=pd.Index([text, "b"], dtype=object, name=text),
            columns=pd.Index([text, "picture", "broken"], dtype=object, name=text),
            dtype=object,
        )

        html = imgdisplay.table(frame, columns=["picture", "broken"], size=32)

        found = elements(html)
        assert [tag.name for tag in found].count("img") == 4
        assert {tag.name for tag in found} <= {
            "div",
            "style",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "img",
            "p",
        }
        for tag in found:
            if tag.name == "img":
                assert set(tag.attrs) <= IMG_ATTRIBUTES
            assert not any(name.startswith("on") for name in tag.attrs)

    @hostile
    def test_survives_as_the_text_that_it_is(self, text: str) -> None:
        shown = soup(image_formatter(text)).get_text()

        expected = "".join("\ufffd" if self._replaced(char) else char for char in text)
        expected = expected.replace("\r\n", "\n")
        assert shown.replace("\r\n", "\n") == expected

    @staticmethod
    def _replaced(char: str) -> bool:
        return char in REORDERS_OR_CONTROLS or "\ud800" <= char <= "\udfff" or char == "\ufeff"

    def test_is_cut_at_200_characters_in_attributes_and_captions(self) -> None:
        html = gallery([PHOTO], captions=["ab" * 500])

        (caption,) = [tag for tag in elements(html) if tag.name == "figcaption"]
        assert len(caption.get_text()) == 200
        assert caption.get_text().endswith("…")

    def test_that_is_html_by_type_goes_in_as_it_is(self) -> None:
        html = gallery([PHOTO], captions=[Html("<b>bold</b>")])

        assert [tag.name for tag in elements(html)].count("b") == 1

    def test_that_claims_to_be_safe_by_attribute_alone_is_text(self) -> None:
        # The neutral handshake is for template engines; here only the type counts.
        class Claims(str):
            __slots__ = ()

            def __html__(self) -> str:
                return "<script>"

        html = gallery([PHOTO], captions=[Claims("<b>")])

        assert {tag.name for tag in elements(html)} == {"div", "figure", "figcaption", "img"}


def test_escaping_is_that_of_the_standard_library() -> None:
    text = "<a href=\"x\" title='y'>&amp;</a>"

    assert str(image_formatter(text)) == standard_html.escape(text, quote=True)
