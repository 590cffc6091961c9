"""A report as a folder of pages with an index, written here or by workers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from imgdisplay.report.drawn import drawn_report
from imgdisplay.report.model import DrawnReport, DrawnSection, Section
from imgdisplay.report.page.writer import templates
from imgdisplay.report.rows import Group
from imgdisplay.report.site.index import index_texts
from imgdisplay.report.site.pages import Entry, Manner, write_pages
from imgdisplay.report.site.places import INDEX, Opened, Target

__all__ = ["write_folder"]


def write_folder(
    sections: Sequence[Section], target: Target, manner: Manner, *, progress: bool | None = None
) -> DrawnReport:
    """Draw sections, and write them as pages with an index.

    Parameters
    ----------
    sections
        Those of the report.
    target
        Where they go; all of it is there in the end, or nothing.
    manner
        How they are written.
    progress
        Whether a progress bar shows.

    Returns
    -------
    DrawnReport
        What the index tells: its sections have no rows, and the addresses of their unreadable
        pictures are those of pages.

    Raises
    ------
    OptionError
        If there is something else at that place.
    SourceError
        If a picture cannot be had, and ``on_error="raise"``.
    MissingExtra
        If an optional library is missing.
    OSError
        If the folder cannot be written.
    """
    templates()  # before hours of drawing
    front = list(itertools.takewhile(lambda section: section.form == "prose", sections))
    with target.open() as opened:
        site = _Site(opened, manner, progress)
        site.told += [_prose(section) for section in front]
        runs = itertools.groupby(sections[len(front) :], lambda section: section.lazy is not None)
        parts = [(is_lazy, list(run)) for is_lazy, run in runs]
        for is_lazy, run in parts:
            if not is_lazy:
                site.write_here(run, ends=len(parts) == 1)
            for section in run if is_lazy else ():
                site.write_lazy(section, alone=len(sections) == len(front) + 1)
        texts = index_texts(
            manner.title,
            site.told,
            site.entries,
            manner.look,
            inside=opened.inside,
            files=manner.files,
        )
        opened.root.write(INDEX, texts)
    return DrawnReport(manner.title, tuple(site.told))


class _Site:
    """What has been written of a folder of pages.

    Attributes
    ----------
    told
        What the index tells of the sections.
    entries
        The pages.
    """

    def __init__(self, opened: Opened, manner: Manner, progress: bool | None) -> None:
        self.told: list[DrawnSection] = []
        self.entries: list[Entry] = []
        self._opened = opened
        self._manner = manner
        self._progress = progress
        self._names = ((f"page-{number:03}", f"Page {number:,}") for number in itertools.count(1))

    def write_here(self, sections: Sequence[Section], *, ends: bool) -> None:
        """Draw sections in this process, and write their pages."""
        with drawn_report(self._manner.title, sections, progress=self._progress) as drawn:
            written = write_pages(drawn, self._opened, self._manner, self._names, ends=ends)
            self._add(written.entries)
            self.told += [
                replace(section, groups=_no_groups, unreadable=share.unreadable)
                for section, share in zip(drawn.sections, written.shares, strict=True)
            ]

    def write_lazy(self, section: Section, *, alone: bool) -> None:
        """Have the partitions of a frame drawn where they are."""
        from imgdisplay.report.site.cluster import write_partitions  # only who has dask needs it

        prefix = "" if alone else f"s{len(self.told) + 1}-"
        written = write_partitions(
            section, self._opened, self._manner, prefix=prefix, progress=self._progress
        )
        self._add(written.entries)
        (share,) = written.shares
        self.told.append(
            DrawnSection(
                form=section.form,
                title=section.title,
                caption=section.caption,
                columns=tuple(tally.drawn() for tally in share.tallies),
                counts=share.counts,
                unreadable=share.unreadable,
                notes=share.notes,
            )
        )

    def _add(self, entries: Sequence[Entry]) -> None:
        before = len(self.told)
        for entry in entries:
            spans = (replace(span, section=span.section + before) for span in entry.spans)
            self.entries.append(replace(entry, spans=tuple(spans)))


def _no_groups() -> Iterator[Group]:
    return iter(())


def _prose(section: Section) -> DrawnSection:
    return DrawnSection(
        form=section.form, title=section.title, caption=section.caption, content=section.content
    )
