#!/usr/bin/env python3
"""Whether the account of a document agrees with a judge that knows nothing of it: what tools/recall.py does not find in a
bundle must be listed as not mapped, or be named here as right to disappear.

    account.py --granule PROGRAM --shared DIR --documents DIR

All *.xml below --documents are judged. Exit 1 when more than MOST of what is missing is neither.
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

# percent of missing facts that may be unexplained; what they are is printed
MOST = 1.0
# said otherwise: a map translated it, a test on it decided, every 6 hours became 4 times a day
SAID_OTHERWISE = ('translated', 'decided')
SCHEDULE = re.compile(r'(period|offset)(/(low|high))?/@value$')


def in_words(kind, leaf):
    """A number that stands as text: an age of which nobody says whether in years or in months, a value that R4 forbids there."""
    return kind == 'qty' and (leaf['into']['path'].endswith('String') or leaf['into']['how'] == 'found')


def bare_of(fact, leaf):
    """Without the blanks around it, or without the scheme of an address that its element says."""
    said = str(fact)
    return said != said.strip() or (leaf['into']['path'].endswith('telecom') and said.lower().startswith('email:'))


def leaves(granule, document):
    run = subprocess.run([granule, 'account', document, '--json', '--all'], capture_output=True, check=False)
    if run.returncode:
        return None
    account = json.loads(run.stdout)
    return [leaf for one in (account if isinstance(account, list) else [account]) for leaf in one['leaves']]


def same(kind, fact, value):
    value = ' '.join(value.lower().split())
    fact = str(fact).lower().strip()
    if kind == 'qty':
        return bool(re.fullmatch(r'[-+]?\d+(\.\d+)?', value)) and float(value) == float(fact)
    if kind == 'date':
        return value.startswith(fact)
    return value == fact or (kind == 'name' and fact in value)


def main():
    args = argparse.ArgumentParser()
    for name in ('--granule', '--shared', '--documents'):
        args.add_argument(name, required=True)
    args = args.parse_args()
    sys.path.insert(0, f'{args.shared}/tools')
    import recall  # noqa: the judge

    missing, unlisted, named = 0, [], collections.Counter()
    judged = 0
    for path in sorted(pathlib.Path(args.documents).rglob('*.xml')):
        document = str(path)
        try:
            tree = ET.parse(document).getroot()
        except ET.ParseError:
            continue
        bundle = subprocess.run([args.granule, 'convert', document], capture_output=True, check=False)
        all_leaves = leaves(args.granule, document) if bundle.returncode == 0 else None
        if all_leaves is None:
            continue
        judged += 1
        for section, kind, fact in recall.measure(tree, json.loads(bundle.stdout))[1]:
            # ids and dates of wrappers are for information; text is judged section by section
            if kind in ('bare', 'text'):
                continue
            missing += 1
            of = [leaf for leaf in all_leaves if same(kind, fact, leaf['value'])]
            if any(leaf['class'] != 'mapped' for leaf in of):
                named['listed as not mapped'] += 1
            elif any(leaf['into']['how'] in SAID_OTHERWISE for leaf in of):
                named['translated, or decided'] += 1
            elif any(SCHEDULE.search(leaf['xpath']) for leaf in of):
                named['a schedule said otherwise'] += 1
            elif any(in_words(kind, leaf) for leaf in of):
                named['a number in words'] += 1
            elif any(bare_of(fact, leaf) for leaf in of):
                named['without blanks or scheme'] += 1
            else:
                unlisted.append((kind, section, fact, path))
    for what, count in named.most_common():
        print(f'{count:6}  {what}')
    print(f'{len(unlisted):6}  neither')
    for kind, section, _, path in unlisted:
        # no content: the place is enough to look it up
        print(f'        {kind} in {section} of {path.relative_to(args.documents)}')
    share = 100.0 * len(unlisted) / max(1, missing)
    print(f'{judged} documents, {missing} facts missing in bundles, {share:.2f} % unexplained (at most {MOST})')
    return 1 if judged == 0 or share > MOST else 0


if __name__ == '__main__':
    sys.exit(main())
