#!/usr/bin/env python3
"""granule and the converters of the registries on the same documents, in one run.

    peers.py [DOCUMENT or FOLDER ...] [--sample N] [--rounds N] [--plot FILE] [--json FILE]

Without a document the samples of the project are converted. Peers are installed beside this script, in the versions that
package-lock.json and requirements.txt name; needed are npm, Python 3.9 or later, and cargo. README.md tells how to read
the result.

Each converter is one process that stays: it reads a command a line,
    {"path": the document, "times": how often, "out": where the bundle goes, or null}
converts from bytes in memory to bytes of JSON in memory, and answers
    {"ms": [the time of each conversion], "error": why not, if so}
"""
import argparse
import json
import math
import os
import pathlib
import platform
import select
import shutil
import subprocess
import sys
import tempfile

import kept
import plot

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
ENDINGS = {'.xml', '.cda', '.ccda', '.ccd', '.c32'}
# seconds that a converter may take over one command; then it is ended and the document counts as not converted
PATIENCE = 120
# conversions in a row of one document in one round
TIMES = 3


class Peer:
    """A converter and its process."""

    def __init__(self, name, command):
        self.name, self.command = name, command
        self.process, self.buffer, self.memory = None, b'', 0
        # by document: the best time in ms; why it was not converted; what was kept
        self.ms, self.failed, self.kept = {}, {}, {}

    def ask(self, path, out=None):
        if self.process is None:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.DEVNULL)
        line = json.dumps({'path': str(path), 'times': TIMES, 'out': out and str(out)})
        try:
            self.process.stdin.write(line.encode() + b'\n')
            self.process.stdin.flush()
            answer = self.line()
        except BrokenPipeError:
            answer = None
        if answer is None:
            self.stop()
            return {'error': f'ended, or took longer than {PATIENCE} s'}
        self.look()
        return json.loads(answer)

    def line(self):
        """The next line of the process; None when it ends or takes too long."""
        out = self.process.stdout.fileno()
        while b'\n' not in self.buffer:
            ready, _, _ = select.select([out], [], [], PATIENCE)
            more = os.read(out, 1 << 16) if ready else b''
            if not more:
                return None
            self.buffer += more
        line, self.buffer = self.buffer.split(b'\n', 1)
        return line

    def look(self):
        """Peak memory, where the system tells it (Linux)."""
        try:
            status = pathlib.Path(f'/proc/{self.process.pid}/status').read_text()
        except OSError:
            return
        peak = next((l for l in status.splitlines() if l.startswith('VmHWM:')), None)
        if peak:
            self.memory = max(self.memory, int(peak.split()[1]) * 1024)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process, self.buffer = None, b''


def install(granule):
    """The peers in their pinned versions, and granule itself unless it is given; the programs that run each converter."""
    node = HERE / 'node_modules' / '.bin' / 'node'
    if not (HERE / 'node_modules' / '@medplum' / 'ccda').is_dir():
        run('npm', 'ci', '--prefix', HERE)
    # the package `node` brings the version that the peer asks for; its script may be switched off
    works = node.exists() and subprocess.run([node, '--version'], capture_output=True).returncode == 0
    node = node if works else shutil.which('node')
    python = HERE / '.venv' / 'bin' / 'python'
    if not python.exists():
        run(sys.executable, '-m', 'venv', HERE / '.venv')
        run(python, '-m', 'pip', 'install', '--quiet', '-r', HERE / 'requirements.txt')
    if granule is None:
        run('cargo', 'build', '--release', '--example', 'peer', '--manifest-path', PROJECT / 'Cargo.toml')
        target = pathlib.Path(os.environ.get('CARGO_TARGET_DIR', PROJECT / 'target'))
        granule = target / 'release' / 'examples' / 'peer'
    return node, python, granule


def run(*command):
    # what installers print is no part of the result
    done = subprocess.run([str(c) for c in command], stdout=sys.stderr)
    if done.returncode:
        sys.exit(f'failed: {" ".join(map(str, command))}')


def documents(inputs, most, sample):
    """Files as given, and those below folders, up to a size; of many a sample, evenly spread."""
    found = []
    for given in inputs:
        given = pathlib.Path(given)
        below = sorted(p for p in given.rglob('*') if p.suffix.lower() in ENDINGS) if given.is_dir() else [given]
        found += [p.resolve() for p in below if p.stat().st_size <= most]
    if sample and sample < len(found):
        step = len(found)
        found = [p for i, p in enumerate(found) if i * sample // step < (i + 1) * sample // step]
    if not found:
        sys.exit('there is no document below what was given')
    return found


def first_round(peer, path, source, scratch):
    """Warms up, judges whether there is a bundle, and counts what it keeps."""
    out = scratch / 'bundle.json'
    out.unlink(missing_ok=True)
    answer = peer.ask(path, out)
    if 'error' in answer:
        peer.failed[path] = answer['error']
        return
    try:
        bundle = json.loads(out.read_bytes())
    except (OSError, ValueError) as e:
        peer.failed[path] = f'no JSON: {e}'
        return
    if bundle.get('resourceType') != 'Bundle' or not any('resource' in e for e in bundle.get('entry', [])):
        peer.failed[path] = 'a bundle without resources'
        return
    peer.ms[path] = math.inf
    if source:
        peer.kept[path] = kept.kept(source, kept.of_bundle(bundle))


def measure(peers, paths, rounds):
    sources = {}
    with tempfile.TemporaryDirectory() as scratch:
        for n, path in enumerate(paths):
            progress(f'first round: {n + 1} of {len(paths)}')
            try:
                sources[path] = kept.of_document(path.read_bytes())
            except Exception as e:
                print(f'\n{path.name}: not counted, as it cannot be parsed: {e}', file=sys.stderr)
            for peer in peers:
                first_round(peer, path, sources.get(path), pathlib.Path(scratch))
        for r in range(rounds):
            # by turns, each first once: what else the machine does hits all of them
            order = peers[r % len(peers):] + peers[:r % len(peers)]
            for n, path in enumerate(paths):
                progress(f'round {r + 1} of {rounds}: {n + 1} of {len(paths)}')
                for peer in order:
                    if path in peer.ms:
                        answer = peer.ask(path)
                        if 'error' in answer:
                            peer.failed[path] = answer['error']
                            del peer.ms[path]
                        else:
                            peer.ms[path] = min([peer.ms[path], *answer['ms']])
    print(file=sys.stderr)
    for peer in peers:
        peer.stop()
    return sources


def progress(text):
    if sys.stderr.isatty():
        print(f'\r{text}   ', end='', file=sys.stderr, flush=True)


def mean(values):
    """Geometric mean; None of nothing."""
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def table(peers, paths, sources):
    """Rows of figures, one a converter. Times are compared only on documents that the compared ones converted."""
    granule = peers[0]
    common = [p for p in paths if all(p in peer.ms for peer in peers)]
    rows = []
    for peer in peers:
        both = [p for p in paths if p in peer.ms and p in granule.ms]
        row = {
            'converter': peer.name,
            'converted': len(peer.ms),
            'documents': len(paths),
            'ms': mean(peer.ms[p] for p in common),
            'mb_per_s': sum(p.stat().st_size for p in common) / 1e3 / sum(peer.ms[p] for p in common) if common else None,
            'times_granule': mean(peer.ms[p] / granule.ms[p] for p in both),
            'memory': peer.memory or None,
            'kept': {}, 'kept_where_converted': {},
        }
        for kind in kept.KINDS:
            counts = {p: peer.kept.get(p, {kind: (0, len(sources[p][kind]))})[kind] for p in sources}
            for key, of in (('kept', counts), ('kept_where_converted', {p: counts[p] for p in counts if p in peer.ms})):
                have, all_ = (sum(c[i] for c in of.values()) for i in (0, 1))
                row[key][kind] = have / all_ if all_ else None
        rows.append(row)
    return rows, len(common)


def markdown(rows, common):
    def shown(value, form='{:.0f}'):
        return '' if value is None else form.format(value)

    def percent(of):
        return ' | '.join(shown(of[k] and of[k] * 100, '{:.0f} %') for k in kept.KINDS)

    out = ['| converter | converted | ms | MB/s | time, granule = 1 | peak memory | ' + ' | '.join(kept.KINDS) + ' |',
           '|---|--:|--:|--:|--:|--:|' + '--:|' * len(kept.KINDS)]
    for r in rows:
        out.append(f'| {r["converter"]} | {r["converted"]} of {r["documents"]} | {shown(r["ms"], "{:.2f}")} | '
                   f'{shown(r["mb_per_s"], "{:.1f}")} | {shown(r["times_granule"], "{:.1f}")} | '
                   f'{shown(r["memory"] and r["memory"] / 1e6, "{:.0f} MB")} | {percent(r["kept"])} |')
        if r['converted'] < r['documents']:
            out.append(f'| — of what it converted | | | | | | {percent(r["kept_where_converted"])} |')
    out.append('')
    out.append(f'ms: geometric mean, and MB/s: of the {common} documents that all of them converted. Time: geometric mean of the '
               'ratios, over the documents that this one and granule converted. Kept: values of the source that stand in the bundle.')
    return '\n'.join(out)


def machine(node, python):
    """What it ran on."""
    def said(*command):
        return subprocess.run([str(c) for c in command], capture_output=True, text=True).stdout.strip()
    cpu = platform.processor() or platform.machine()
    try:
        cpu = next(l.split(':', 1)[1].strip() for l in open('/proc/cpuinfo', encoding='utf-8') if l.startswith('model name'))
    except (OSError, StopIteration):
        pass
    load = f', load {os.getloadavg()[0]:.1f}' if hasattr(os, 'getloadavg') else ''
    return (f'{cpu}, {os.cpu_count()} cores{load}; {platform.system()}; {said("rustc", "--version").split("(")[0].strip()}, '
            f'Node.js {said(node, "--version")}, {said(python, "--version")}')


def shown_command():
    """The command, as somebody else can type it: where the reference folder is differs."""
    words = ' '.join(['benches/peers/peers.py', *sys.argv[1:]])
    shared = os.environ.get('GRANULE_SHARED')
    return words.replace(shared.rstrip('/'), '$GRANULE_SHARED') if shared else words


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('inputs', nargs='*', default=[str(PROJECT / 'samples')], help='documents or folders (default: the samples)')
    a.add_argument('--max-bytes', type=int, default=1_000_000, help='larger documents are left out (default: 1000000)')
    a.add_argument('--sample', type=int, help='only so many of the documents, evenly spread')
    a.add_argument('--rounds', type=int, default=3, help='rounds after the first (default: 3)')
    a.add_argument('--granule', help='a build of the example `peer`; otherwise it is built')
    a.add_argument('--plot', type=pathlib.Path, help='writes the plot (SVG)')
    a.add_argument('--json', type=pathlib.Path, help='writes all figures')
    a.add_argument('--failures', action='store_true', help='says why documents were not converted')
    args = a.parse_args()
    node, python, granule = install(args.granule)
    if node is None:
        sys.exit('there is no Node.js: npm must be allowed to run the install script of the package `node`')
    paths = documents(args.inputs, args.max_bytes, args.sample)
    peers = [
        Peer('granule', [granule]),
        Peer('@medplum/ccda 5.1.10', [node, HERE / 'medplum.mjs']),
        Peer('python-fhir-converter 0.3.0', [python, HERE / 'fhir_liquid.py']),
    ]
    on = machine(node, python)
    sources = measure(peers, paths, args.rounds)
    rows, common = table(peers, paths, sources)
    command = shown_command()
    print(markdown(rows, common))
    print(f'\n{on}\n`{command}`')
    if args.failures:
        for peer in peers:
            for path, why in peer.failed.items():
                print(f'{peer.name}: {path.name}: {why}')
    if args.json:
        each = [{'bytes': p.stat().st_size, 'ms': [peer.ms.get(p) for peer in peers]} for p in paths]
        args.json.write_text(json.dumps({'machine': on, 'command': command, 'table': rows, 'common': common, 'each': each}, indent=1))
    if args.plot:
        series = [(peer.name, [(p.stat().st_size, ms) for p, ms in peer.ms.items()]) for peer in peers]
        args.plot.write_text(plot.svg(series, [on, command]))


if __name__ == '__main__':
    main()
