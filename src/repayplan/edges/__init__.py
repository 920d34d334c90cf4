"""Other people's formats: frames, CSV and Parquet files, the demo data, the command line."""
