"""Thumbnails of a folder of images, made by Spark's executors and stored in Parquet.

    python thumbnails.py photos/ thumbnails.parquet

Needs ``pip install 'imgdisplay-jupyter[parquet]' pyspark`` on every machine, and Java 17. Any
table of the result shows the stored thumbnails: ``imgdisplay.table(pd.read_parquet(…))``.
"""

from __future__ import annotations

import os
import sys

import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql.functions import pandas_udf
from pyspark.sql.types import BinaryType, StringType, StructType

import imgdisplay


@pandas_udf(BinaryType())
def thumbnails(pictures: pd.Series) -> pd.Series:
    """Return the encoded thumbnail of each picture; null of what is none."""
    return imgdisplay.encode_column(pictures, size=128)


@pandas_udf(StructType().add("bytes", BinaryType()).add("path", StringType()))
def structs(pictures: pd.Series, paths: pd.Series) -> pd.DataFrame:
    """Return thumbnails in the form of Hugging Face's datasets."""
    return pd.DataFrame({"bytes": imgdisplay.encode_column(pictures, size=128), "path": paths})


def main(folder: str, target: str) -> None:
    """Store a row for every file in a folder: path, length, thumbnail, and the struct of both."""
    # The executors run this Python.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = SparkSession.builder.appName("thumbnails").getOrCreate()
    # Pictures are large: a batch of a thousand would be a gigabyte.
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", 64)
    files = spark.read.format("binaryFile").load(folder)
    files.select(
        "path",
        "length",
        thumbnails("content").alias("thumbnail"),
        structs("content", "path").alias("image"),
    ).write.parquet(target)
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
