"""What a converter keeps: which of the values of a CDA document stand in a bundle.

A count of values, nothing more: it asks whether a value of the source stands anywhere in the bundle as a value of its kind.
It does not ask whether it stands in the right resource, and a bundle that turns a meaning round keeps every value. The
same count is made for each converter, over the same document.

Kinds: codes (of the terminologies; HL7's own small vocabularies are translated, not kept), quantities (value and unit),
dates (to the day), ids, names (of people and organisations). The narrative of sections is not counted, neither in the
document nor in the bundle: else a converter would keep everything by copying the text.
"""
import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

KINDS = ['codes', 'quantities', 'dates', 'ids', 'names']
XSI_TYPE = '{http://www.w3.org/2001/XMLSchema-instance}type'
# vocabularies of HL7 V3 and CDA: classes, moods, statuses, genders, which FHIR says in codes of its own
OWN_VOCABULARIES = ('2.16.840.1.113883.5.', '2.16.840.1.113883.1.11.', '2.16.840.1.113883.12.')
NOT_READ = {'templateId', 'typeId', 'realmCode', 'text', 'reference'}
TIME = re.compile(r'^(\d{4})(\d\d)?(\d\d)?(?:(\d\d)(\d\d)?(\d\d)?(?:\.\d+)?)?([+-]\d{4})?$')
FHIR_DATE = re.compile(r'^\d{4}(-\d\d(-\d\d)?)?($|T\d\d:)')


def local(tag):
    return tag.rsplit('}', 1)[-1] if isinstance(tag, str) else ''


def plain(text):
    return ' '.join((text or '').split()).casefold()


def number(text):
    try:
        return Decimal(text.strip()).normalize()
    except InvalidOperation:
        return None


def of_document(document):
    """The distinct values of a document (bytes), by kind."""
    found = {kind: set() for kind in KINDS}
    walk(ET.fromstring(document), found)
    return found


def walk(e, found):
    name = local(e.tag)
    if not name or name in NOT_READ or e.get('nullFlavor'):
        return
    code, system = (e.get('code') or '').strip(), (e.get('codeSystem') or '').strip()
    if code and system and not system.startswith(OWN_VOCABULARIES):
        found['codes'].add(code)
    value = (e.get('value') or '').strip()
    if value and e.get('unit') is not None and number(value) is not None:
        found['quantities'].add((number(value), e.get('unit').strip()))
    elif TIME.match(value) and is_time(e, name):
        found['dates'].add(value)
    if name in ('id', 'setId') and (e.get('extension') or e.get('root') or '').strip():
        found['ids'].add(plain(e.get('extension') or e.get('root')))
    if name == 'name':
        names(e, found['names'])
        return
    for child in e:
        walk(child, found)


def is_time(e, name):
    """By its type where it says one, else by its name: numbers look like years."""
    kind = (e.get(XSI_TYPE) or '').rsplit(':', 1)[-1]
    return 'TS' in kind if kind else name in ('effectiveTime', 'time', 'low', 'high', 'center', 'birthTime', 'deceasedTime')


def names(e, found):
    parts = [p for p in e if local(p.tag) in ('family', 'given') and not p.get('nullFlavor')]
    texts = [''.join(p.itertext()) for p in parts] if len(e) else [e.text]
    found.update(t for t in map(plain, texts) if t)


def of_bundle(bundle):
    """The values that stand in a bundle, in the forms in which they are looked for."""
    have = {kind: set() for kind in KINDS}
    gather(bundle, '', have)
    have['all names'] = '\n'.join(sorted(have['names']))
    return have


def gather(value, key, have):
    if isinstance(value, list):
        for v in value:
            gather(v, key, have)
    elif isinstance(value, dict):
        if 'value' in value and isinstance(value['value'], (int, float, Decimal)):
            of = number(str(value['value']))
            have['quantities'].update((of, plain(value.get(k))) for k in ('unit', 'code') if value.get(k))
            # a quantity without unit is `1` in CDA
            have['quantities'].add((of, ''))
        if 'period' in value and 'periodUnit' in value:
            have['quantities'].add((number(str(value['period'])), plain(value['periodUnit'])))
        for k, v in value.items():
            if k not in ('div', 'data', 'resourceType'):
                gather(v, k, have)
    elif isinstance(value, str):
        if key == 'code':
            have['codes'].add(value.strip())
        elif key in ('value', 'system', 'id'):
            # a phone number is no id, but cannot be taken for one either
            have['ids'].add(re.sub(r'^urn:(oid|uuid):', '', plain(value)))
        if key in ('family', 'given', 'name', 'text', 'display', 'prefix', 'suffix'):
            have['names'].add(plain(value))
        if FHIR_DATE.match(value):
            have['dates'].update({value[:4], value[:7], value[:10]})


def kept(source, have):
    """How many of the values of each kind stand in the bundle: pairs of kept and all."""
    tests = {
        'codes': lambda v: v in have['codes'],
        'quantities': lambda v: (v[0], plain(v[1])) in have['quantities'] or v[1] in ('', '1') and (v[0], '') in have['quantities'],
        'dates': lambda v: any(d in have['dates'] for d in days(v)),
        'ids': lambda v: v in have['ids'],
        'names': lambda v: v in have['all names'],
    }
    return {kind: (sum(map(tests[kind], source[kind])), len(source[kind])) for kind in KINDS}


def days(text):
    """A time of CDA as the days that FHIR may say: its own, and that in UTC, for converters that shift."""
    year, month, day, hour, minute, second, offset = TIME.match(text).groups()
    own = '-'.join(p for p in (year, month, day) if p)
    out = {own}
    if day and hour and offset:
        try:
            at = datetime(int(year), int(month), int(day), int(hour), int(minute or 0), int(second or 0))
        except ValueError:
            return out
        shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:]))
        out.add((at - shift if offset[0] == '+' else at + shift).date().isoformat())
    return out
