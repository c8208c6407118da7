#!/usr/bin/env python3
"""Chooses documents of the reference corpus, always the same ones, and judges what came of them.

    choose.py documents --shared DIR --into DIR [--realm R ...]
        links every document of these realms below DIR, by its path in the corpus
    choose.py bundles --shared DIR --bundles DIR --into DIR --count N
        copies the bundles of N documents, spread over realms and senders, for a validator
    choose.py some --shared DIR --into DIR --count N --most BYTES
        links N documents of no more than so many bytes, spread over realms and senders, for a server
    choose.py statements --shared DIR --documents DIR --bundles DIR [--realm R ...]
        runs tools/statements.py on them and holds it to the thresholds below
    choose.py recall --shared DIR --documents DIR --bundles DIR [--realm R ...]
        runs tools/recall.py on them and holds it to its thresholds
    choose.py same DIR DIR
        whether two folders hold the same files, byte for byte

The corpus is not part of this project; see README.md of this folder.
"""
import argparse
import collections
import csv
import filecmp
import os
import pathlib
import shutil
import subprocess
import sys

US = ['US-C32', 'US-CCDA11', 'US-CCDA20', 'US-CCDA21', 'US-CCDA4', 'US-QRDA1']
# percent of statements that must be found, and be whole, by kind; flips must be 0 for every kind
FOUND, WHOLE = 98.0, 96.5
# refused vaccines that are not negated contradict themselves and stay narrative (docs/policy.md): less is found, by decision
FOUND_BY_KIND = {'immunization': 96.5}
HELD = ['problem', 'allergy', 'medication', 'immunization', 'procedure', 'result', 'vital', 'encounter']
# percent of facts that must arrive, and of codes that the document does not say that may be asserted; docs/coverage.md
# explains what is missing, and why times are held to less than is aimed at
ARRIVES = {'code': 94.0, 'qty': 96.0, 'date': 97.0, 'time': 95.5, 'id': 91.0, 'name': 97.0, 'text': 99.0}
ASSERTED = {'code': 0.4, 'date': 0.0, 'qty': 0.0}


def catalog(shared):
    with open(os.path.join(shared, 'corpus', 'CATALOG.csv'), newline='', encoding='utf-8') as f:
        return sorted(csv.DictReader(f), key=lambda r: r['path'])


def chosen(shared, realms):
    return [r for r in catalog(shared) if r['realm'] in realms]


def inside(row):
    """The path below corpus/documents: realm, sender, file; with the ending by which granule knows documents in a folder."""
    path = pathlib.PurePosixPath(row['path']).relative_to('documents')
    return path if path.suffix == '.xml' else path.with_name(path.name + '.xml')


def linked(shared, rows, into):
    into = pathlib.Path(into)
    shutil.rmtree(into, ignore_errors=True)
    for r in rows:
        link = into / inside(r)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(pathlib.Path(shared, 'corpus', r['path']).resolve())
    return 0 if rows else 1


def documents(args):
    rows = chosen(args.shared, args.realm)
    print(f'{len(rows)} documents of {", ".join(args.realm)}')
    return linked(args.shared, rows, args.into)


def spread(rows, count):
    """Some of the rows: one of each realm and sender in turn, always the same."""
    queues = collections.defaultdict(list)
    for r in rows:
        queues[r['realm'], r['vendor'] or r['repo']].append(r)
    for q in queues.values():
        q.sort(key=lambda r: r['sha256'])  # no order that the sender chose
    order = sorted(queues)
    taken = []
    while len(taken) < count and any(queues.values()):
        for key in order:
            if queues[key] and len(taken) < count:
                taken.append(queues[key].pop(0))
    return taken


def some(args):
    def size(r):
        return os.path.getsize(os.path.join(args.shared, 'corpus', r['path']))

    rows = spread((r for r in chosen(args.shared, args.realm) if size(r) <= args.most), args.count)
    print(f'{len(rows)} documents of no more than {args.most} bytes')
    return linked(args.shared, rows, args.into)


def bundle_of(bundles, row):
    return pathlib.Path(bundles, f'{inside(row)}.json')


def bundles(args):
    into = pathlib.Path(args.into)
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    taken = spread((r for r in chosen(args.shared, args.realm) if bundle_of(args.bundles, r).is_file()), args.count)
    for i, r in enumerate(taken):
        shutil.copyfile(bundle_of(args.bundles, r), into / f'{i:04}-{r["realm"]}.json')
        print(f'{i:04} {r["path"]}')
    return 0 if taken else 1


def judged(args, tool):
    """What a tool of the reference folder says of the pairs of documents and bundles; None when it fails."""
    pairs, missing = [], 0
    for r in chosen(args.shared, args.realm):
        document, bundle = pathlib.Path(args.documents, inside(r)), bundle_of(args.bundles, r)
        if bundle.is_file():
            pairs += [str(document), str(bundle)]
        else:
            missing += 1
    done = subprocess.run([sys.executable, os.path.join(args.shared, 'tools', tool), *pairs], capture_output=True, text=True)
    print(done.stdout, end='')
    if done.returncode != 0:
        print(done.stderr[-2000:])
        return None
    print(f'{len(pairs) // 2} documents judged, {missing} without bundle')
    return done.stdout.splitlines()


def recall(args):
    lines = judged(args, 'recall.py')
    if lines is None:
        return 1
    bad, seen = [], set()
    for line in lines:
        words = line.split()
        if words[0] in ARRIVES and words[-1].endswith('%'):
            seen.add(words[0])
            if float(words[-1][:-1]) < ARRIVES[words[0]]:
                bad.append(f'{words[0]}: {words[-1]} arrive, {ARRIVES[words[0]]} % are wanted')
        if words[0] == 'asserted':
            seen.add(f'asserted {words[1]}')
            if float(words[-1][:-1]) > ASSERTED[words[1]]:
                bad.append(f'{words[1]}: {words[-1]} are asserted, {ASSERTED[words[1]]} % are allowed')
    bad += [f'{kind}: not judged' for kind in [*ARRIVES, *(f'asserted {k}' for k in ASSERTED)] if kind not in seen]
    for b in bad:
        print('below the threshold:', b)
    return 1 if bad else 0


def statements(args):
    lines = judged(args, 'statements.py')
    if lines is None:
        return 1
    bad, seen = [], set()
    for line in lines:
        words = line.split()
        if len(words) < 5 or not words[2].endswith('%'):
            continue
        kind, found, whole, flips = words[0], float(words[2][:-1]), float(words[3][:-1]), int(words[4])
        seen.add(kind)
        if flips:
            bad.append(f'{kind}: {flips} flips')
        wanted = FOUND_BY_KIND.get(kind, FOUND)
        if kind in HELD and found < wanted:
            bad.append(f'{kind}: found {found} %, {wanted} % are wanted')
        if kind in HELD and whole < WHOLE:
            bad.append(f'{kind}: whole {whole} %, {WHOLE} % are wanted')
    bad += [f'{kind}: not judged' for kind in HELD if kind not in seen]
    for b in bad:
        print('below the threshold:', b)
    return 1 if bad else 0


def same(args):
    def files(root):
        return {str(p.relative_to(root)): p for p in pathlib.Path(root).rglob('*') if p.is_file()}

    a, b = files(args.first), files(args.second)
    wrong = sorted(set(a) ^ set(b)) + sorted(n for n in set(a) & set(b) if not filecmp.cmp(a[n], b[n], shallow=False))
    for name in wrong[:20]:
        print('differs:', name)
    print(f'{len(a)} and {len(b)} files, {len(wrong)} differ')
    return 1 if wrong or not a else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    for name, run, words in [
        ('documents', documents, ['shared', 'into']),
        ('bundles', bundles, ['shared', 'bundles', 'into']),
        ('some', some, ['shared', 'into']),
        ('statements', statements, ['shared', 'documents', 'bundles']),
        ('recall', recall, ['shared', 'documents', 'bundles']),
    ]:
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument('--realm', nargs='+', default=US)
        for word in words:
            command.add_argument(f'--{word}', required=True)
        if name in ('bundles', 'some'):
            command.add_argument('--count', type=int, default=200)
        if name == 'some':
            command.add_argument('--most', type=int, default=1 << 40)
    command = commands.add_parser('same')
    command.set_defaults(run=same)
    command.add_argument('first')
    command.add_argument('second')
    args = parser.parse_args()
    sys.exit(args.run(args))


if __name__ == '__main__':
    main()
