"""Rules about the use of PostgreSQL: memory contexts, locks, names in scripts."""
import re

from tree import blank, functions, without_comments

STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
SCRIPTS = 'sql/pc_analytics_fdw--*.sql'

# --- memory contexts

RAISES = r'ReThrowError|PG_RE_THROW|pg_unreachable|(?:ereport|elog)\s*\(\s*ERROR'
LEAVES = re.compile(r'(?:return|break|continue|goto)\b|' + RAISES)
CONTEXTS = re.compile(
    r'(?P<saved>\w+)\s*=\s*MemoryContextSwitchTo\s*\((?P<to>[^;]*)\)\s*;'
    r'|MemoryContextSwitchTo\s*\((?P<back>[^;]*)\)'
    r'|(?P<current>\w+)\s*=\s*CurrentMemoryContext\b'
    r'|(?P<set>CurrentMemoryContext\s*=[^=])'
    r'|MemoryContextDelete\s*\((?P<deleted>[^;]*)\)\s*;'
    r'|(?P<return>\breturn\b)|(?P<open>\{)|(?P<close>\})')


def contexts(tree):
    """a function that switches the memory context switches back on every way out"""
    for name in tree.source_files():
        for function, _, first, body in functions(tree.text(name)):
            code = STRING.sub(blank, body)
            for place, problem in unbalanced(code):
                yield '%s:%d: %s %s' % (name, first + 1 + code.count('\n', 0, place), function, problem)


def unbalanced(code):
    """Pairs of a place in a function's body and what is wrong there."""
    saved, held, outer = set(), {}, []
    for event in CONTEXTS.finditer(code):
        place = event.start()
        if event.group('saved'):
            if event.group('saved') in held:
                yield place, 'saves the context in %s twice' % event.group('saved')
            saved.add(event.group('saved'))
            held[event.group('saved')] = event.group('to').strip()
        elif event.group('current'):
            saved.add(event.group('current'))
        elif event.group('back'):
            if event.group('back').strip() in saved:
                held.pop(event.group('back').strip(), None)
            elif not ends_raising(code):
                yield place, 'does not keep the context that it switches from'
        elif event.group('set'):
            yield place, 'sets CurrentMemoryContext'
        elif event.group('deleted'):
            if event.group('deleted').strip() in held.values():
                yield place, 'deletes the current context'
        elif event.group('return') and held:
            yield place, 'returns without switching back'
        elif event.group('open'):
            outer.append(dict(held))
        elif event.group('close') and outer:
            before = outer.pop()
            if held != before and not ends_leaving(code[:place]):
                yield place, 'switches in one branch only'
            held = before
    if held and not ends_raising(code):
        yield len(code), 'ends without switching back'


def last_statement(code):
    match = re.search(r'([^;{}]*);\s*$', code)
    return match.group(1).strip() if match else ''


def ends_leaving(code):
    return bool(LEAVES.match(last_statement(code)))


def ends_raising(code):
    return bool(re.match(RAISES, last_statement(code)))


# --- locks

UNLOCKED = re.compile(r'\bNoLock\b|\bRelationIdGetRelation\b')
KEEPS_LOCK = re.compile(r'\b(?:table|relation|index)_close\s*\([^;]*?,\s*NoLock\s*\)')


def locks(tree):
    """what is looked up is locked, or test/lint/unlocked says who holds the lock"""
    allowed = {line.split()[0]: line.split()[1:] for _, line in tree.table('test/lint/unlocked')}
    for entry, reason in allowed.items():
        if not reason:
            yield 'test/lint/unlocked: %s has no reason' % entry
    met = set()
    for name in tree.source_files():
        for function, _, first, body in functions(tree.text(name)):
            code = KEEPS_LOCK.sub(blank, STRING.sub(blank, body))
            for match in UNLOCKED.finditer(code):
                met.add('%s:%s' % (name, function))
                if '%s:%s' % (name, function) not in allowed:
                    yield '%s:%d: %s uses %s' % (
                        name, first + 1 + code.count('\n', 0, match.start()), function, match.group(0))
    for entry in sorted(set(allowed) - met):
        yield 'test/lint/unlocked: %s takes every lock' % entry


# --- names in statements

STATEMENT = re.compile(r'\b(?:SELECT|ALTER|CREATE|DROP|GRANT|REVOKE|COMMENT)\s+\w|\bpc_analytics_\w+\(')
UNQUOTED = re.compile(r'\'%s\'|\\"%s\\"')


def quoting(tree):
    """a statement in a string has names by quote_identifier() and its like, not between quotes"""
    for name in tree.source_files():
        code = without_comments(tree.text(name))
        for match in STRING.finditer(code):
            if STATEMENT.search(match.group(0)) and UNQUOTED.search(match.group(0)):
                yield '%s:%d: %s is put between quotes, which it may have itself' % (
                    name, code.count('\n', 0, match.start()) + 1, UNQUOTED.search(match.group(0)).group(0))


# --- names in scripts

TOKEN = re.compile(
    r"(?P<string>'(?:''|[^'])*')|(?P<body>\$\w*\$)"
    r'|(?P<operator>OPERATOR\s*\(\s*(?P<schema>\w+)?\s*\.?\s*[^\w\s()]+?\s*\))'
    r'|(?P<word>(?:"[^"]+"|[A-Za-z_@]\w*@?)(?:\s*\.\s*(?:"[^"]+"|\w+|\*))*)'
    r'|(?P<number>\d[\d.]*)|(?P<cast>::)|(?P<arrow>=>)|(?P<array>\[\s*\d*\s*\])'
    r'|(?P<bare>[+\-*/<>=~!#%^&|`?@]+)|(?P<mark>[(),;.:\[\]])', re.I)
# These types are words of the grammar, which stand for those of pg_catalog.
GRAMMAR_TYPES = ('boolean', 'integer', 'int', 'smallint', 'bigint', 'real', 'numeric', 'decimal',
                 'interval', 'double precision', 'timestamp with time zone')
# Words before a parenthesis that call nothing.
NO_CALLS = ('options', 'values', 'as', 'on', 'when', 'then', 'else', 'and', 'or', 'not', 'exists',
            'select', 'where', 'from', 'join', 'cast', 'coalesce', 'row', 'over', 'filter', 'lateral')
LOOK_UP = {'nullif': '=', 'between': '>= and <=', 'like': '~~', 'ilike': '~~*', 'similar': '~',
           'natural': '=', 'using': '='}
OURS = re.compile(r'"?pc_analytics_\w+"?$')
OF_CATALOG = re.compile(r'pg_catalog\s*\.\s*("[^"]+"|\w+)$')


def search_path(tree):
    """the install and upgrade scripts take nothing from the schema that they install into"""
    for name in tree.select(SCRIPTS):
        code = re.sub(r'^\\[^\n]*|/\*.*?\*/|--[^\n]*', blank, tree.text(name), flags=re.M | re.S)
        problems = list(looked_up(code)) + list(unqualified_types(code))
        for place, problem in sorted(problems):
            yield '%s:%d: %s' % (name, code.count('\n', 0, place) + 1, problem)


def is_qualified(word):
    return bool(OF_CATALOG.match(word) or OURS.match(word))


def looked_up(code):
    """Pairs of a place and what PostgreSQL looks for in the search path there."""
    tokens = list(TOKEN.finditer(code))
    texts = [re.sub(r'\s+', ' ', token.group(0)).lower() for token in tokens] + ['', '', '']
    for i, token in enumerate(tokens):
        text, before, after = texts[i], texts[i - 1] if i else '', texts[i + 1]
        if token.group('body'):
            yield token.start(), 'a body in dollar quotes is not read by this rule'
        elif token.group('operator') and token.group('schema') != 'pg_catalog':
            yield token.start(), '%s is not of pg_catalog' % text
        elif token.group('bare') and not (text == '*' and before == '(' and after == ')'):
            yield token.start(), 'operator %s is looked up' % text
        elif before == '::' and not OF_CATALOG.match(text) and text not in GRAMMAR_TYPES:
            yield token.start(), 'type %s is looked up' % text
        elif token.group('word'):
            for problem in of_word(text, before, after, *texts[i + 2:i + 4]):
                yield token.start(), problem


def of_word(text, before, after, next_after, last):
    """What is wrong with a word between others."""
    if text in LOOK_UP:
        yield '%s looks up operator %s' % (text, LOOK_UP[text])
    elif text == 'in' and after == '(':
        yield 'in looks up operator ='
    elif text == 'case' and after != 'when':
        yield 'case with an operand looks up operator ='
    elif text == 'distinct' and after == 'from':
        yield 'distinct from looks up operator ='
    elif (text, after, next_after) == ('or', 'replace', 'view') and OURS.match(last):
        # an extension's script replaces no view but one of the extension
        pass
    elif (text, after) == ('or', 'replace') or (text, after, next_after) == ('if', 'not', 'exists'):
        yield '%s takes what is there already' % ' '.join([text, after, next_after]).strip()
    elif before in ('from', 'join') and text not in ('public', 'lateral', 'select') and not is_qualified(text):
        yield 'relation %s is looked up' % text
    elif after == '(' and text not in NO_CALLS + GRAMMAR_TYPES and not is_qualified(text):
        yield 'function %s is looked up' % text


def unqualified_types(code):
    """Pairs of a place and a type of a signature that is looked up."""
    for match in re.finditer(r'\bFUNCTION\s+\w+\s*\(([^()]*)\)(?:\s*RETURNS\s+(?:SETOF\s+)?([\w."\[\]]+))?',
                             code, re.I):
        types = [type_of(part) for part in match.group(1).split(',') if part.strip()]
        if match.group(2):
            types.append(match.group(2))
        for text in types:
            plain = re.sub(r'\[\]$', '', text)
            if not OF_CATALOG.match(plain) and plain.lower() not in GRAMMAR_TYPES:
                yield match.start(), 'type %s of a signature is looked up' % text


def type_of(parameter):
    """The type in a parameter's declaration, such as OUT name type DEFAULT value."""
    words = re.sub(r'\s+(?:DEFAULT|=)\s.*$', '', parameter.strip(), flags=re.I | re.S).split()
    if words[0].lower() in ('in', 'out', 'inout', 'variadic'):
        words = words[1:]
    text = ' '.join(words)
    if len(words) > 1 and text.lower() not in GRAMMAR_TYPES:
        text = ' '.join(words[1:])
    return text


FUNCTION = re.compile(
    r"\bCREATE\s+FUNCTION\s+(?P<name>\w+)\s*\((?P<signature>[^()]*\)\s*RETURNS\s+(?:SETOF\s+)?[\w.]+)"
    r"\s*AS\s+'MODULE_PATHNAME'(?:\s*,\s*'(?P<symbol>\w+)')?(?P<properties>[^;]*);", re.I)


def symbols(tree):
    """a C function is called with the arguments and the result columns of one version only"""
    first = {}
    for name in tree.select(SCRIPTS):
        for match in FUNCTION.finditer(tree.text(name)):
            symbol = match.group('symbol') or match.group('name')
            signature = re.sub(r'\s+', ' ', match.group('signature') + match.group('properties'))
            other, before = first.setdefault(symbol, (name, signature))
            if signature != before:
                yield '%s: the signature of %s is not that of %s: the new one needs a new C function' % (
                    name, symbol, other)


RULES = [contexts, locks, quoting, search_path, symbols]
