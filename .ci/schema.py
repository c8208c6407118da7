#!/usr/bin/env python3
"""Holds every table of the project to the schema that editors use."""
import json
import pathlib
import sys
import tomllib

import jsonschema

root = pathlib.Path(__file__).resolve().parent.parent
validator = jsonschema.Draft7Validator(json.loads((root / 'docs/granule-tables.schema.json').read_text()))
tables = sorted((root / 'mappings').rglob('*.toml')) + sorted((root / 'docs/examples').rglob('*.toml'))
faults = 0
for file in tables:
    for e in validator.iter_errors(tomllib.loads(file.read_text())):
        faults += 1
        print(f'{file.relative_to(root)}: {".".join(map(str, e.absolute_path))}: {e.message[:200]}')
print(f'{len(tables)} tables, {faults} faults')
sys.exit(1 if faults or not tables else 0)
