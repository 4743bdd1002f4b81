"""Rules about the C code: who includes whom, walls, sizes, names, comments."""
import os
import re
import shutil
import subprocess

from tree import MAIN_FILE, at_once, blank, functions, layer_of, stem_of, without_comments

LONGEST_FUNCTION = 60
MAY_RAISE = (r'\b(ereport|elog|palloc\w*|repalloc\w*|pstrdup|pnstrdup|psprintf'
             r'|MemoryContextAlloc\w*|appendStringInfo\w*|appendBinaryStringInfo\w*'
             r'|makeStringInfo|lappend\w*|CHECK_FOR_INTERRUPTS)\s*\(')

RAISES_OR_LOCKS = (MAY_RAISE[:MAY_RAISE.index(')')]
                   + r'|free|pfree|hash_search|LWLockAcquire|SpinLockAcquire|dsm_\w+|SearchSysCache\w*'
                   r'|pca_shared_memory_lock\w*)\s*\(')

CHECKS_STACK = r'\b(check_stack_depth|(?:expression|query)_tree_(?:walker|mutator))\s*\('


def includes(tree):
    """folders include only the folders that test/lint/layers allows"""
    table, exclusive = tree.layers(), tree.exclusive_includes()
    for name in tree.source_files():
        layer = layer_of(name)
        allowed = [layer] + (list(table) if name == MAIN_FILE else table.get(layer, []))
        for number, line in tree.lines(name):
            match = re.match(r'\s*#\s*include\s*"(\w+)[/.]', line)
            if not match or match.group(1) not in table:
                continue
            only = exclusive.get((layer, match.group(1)))
            if match.group(1) not in allowed or (only and os.path.basename(name) not in only):
                yield '%s:%d: %s may not include %s' % (name, number, stem_of(name), match.group(1))
        if name.endswith('.c'):
            first = re.search(r'^\s*#\s*include\s*[<"]([^>"]+)', tree.text(name), re.M)
            if not first or first.group(1) != 'postgres.h':
                yield '%s: the first include must be "postgres.h"' % name


def tokens(tree):
    """what test/lint/restricted_tokens keeps in some files stays there"""
    known = {stem for name in tree.source_files() for stem in (layer_of(name), path_of(name))}
    for number, line in tree.table('test/lint/restricted_tokens'):
        token, places, expression = line.split(None, 2)
        inside = [] if places == '-' else places.split(',')
        for place in sorted(set(inside) - known):
            yield 'test/lint/restricted_tokens:%d: there is no %s' % (number, place)
        for name in tree.source_files():
            if not {layer_of(name), path_of(name)} & set(inside):
                yield from breaches(name, tree.text(name), token, expression.strip())


def path_of(name):
    """"folder/file" of src/folder/file.c."""
    return re.sub(r'^src/|\.[ch]$', '', name)


def breaches(name, text, wall, expression):
    code = without_comments(text)
    for match in re.finditer(expression, code):
        number = code.count('\n', 0, match.start()) + 1
        yield '%s:%d: %s: "%s" may not stand here' % (name, number, wall, match.group(0))


def catalog_names(tree):
    """no code but src/config/resource.c names a resource or one of its fields"""
    catalog = 'src/config/resource.c'
    known = names_of_catalog(without_comments(tree.text(catalog)))
    allowed = {tuple(line.split()[:2]) for _, line in tree.table('test/lint/catalog_names')}
    met = set()
    for name in tree.source_files():
        if name == catalog:
            continue
        code = without_comments(tree.text(name))
        for match in re.finditer(r'"([A-Za-z_.]+)"', code):
            entry = (match.group(1), path_of(name))
            if match.group(1) not in known:
                continue
            met.add(entry)
            if entry not in allowed:
                yield '%s:%d: "%s" is a name of the catalog' % (
                    name, code.count('\n', 0, match.start()) + 1, match.group(1))
    for entry in sorted(allowed - met):
        yield 'test/lint/catalog_names: %s no longer has "%s"' % (entry[1], entry[0])


def names_of_catalog(code):
    """The resources and fields: each .name and .alias, and the macros' second and third texts."""
    names = set(re.findall(r'\.(?:name|alias|filter_name) = "([^"]+)"', code))
    names |= set(re.findall(r'^#define \w+_NAME\s+"(\w+)"', code, re.M))
    for column, name, alias in re.findall(
            r'\b[A-Z_]+\(\s*"(\w+)",\s*"([\w.]+)"(?:,\s*"(\w+)")?', code):
        names |= {name} | ({alias} if alias else set())
    return names


def planner_headers(tree):
    """the planner compiles without the headers of curl and cJSON"""
    compiler = shutil.which('cc') or shutil.which('gcc') or shutil.which('clang')
    pg_config = shutil.which(os.environ.get('PG_CONFIG', 'pg_config'))
    include = compiler and pg_config and subprocess.run(
        [pg_config, '--includedir-server'], stdout=subprocess.PIPE, text=True).stdout.strip()
    if not include or not os.path.exists(include + '/postgres.h'):
        tree.note('not compiled, no compiler or no PostgreSQL headers here')
        return
    names = [name for name in tree.source_files()
             if name.endswith('.c') and layer_of(name) in ('config', 'request', 'planner')]

    def headers(name):
        return subprocess.run([compiler, '-M', '-D_GNU_SOURCE', '-Isrc', '-I' + include, name],
                              cwd=tree.root, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)

    for name, done in at_once(headers, names):
        if done.returncode:
            yield '%s: %s' % (name, done.stderr.strip().split('\n')[0])
        for header in sorted(set(re.findall(r'\S*/(?:curl|cjson)/\S+\.h', done.stdout))):
            yield '%s: reaches %s' % (name, header)


def callbacks(tree):
    """what curl calls records and returns: no error, no palloc"""
    for name in tree.source_files():
        if name.endswith('.c') and re.search(r'#\s*include\s*<curl/', tree.text(name)):
            yield from unnamed_callbacks(name, tree.text(name))
            yield from raising_callbacks(name, tree.text(name))


def unnamed_callbacks(name, text):
    code = without_comments(text)
    for match in re.finditer(r'CURL\w*OPT_\w*FUNCTION\s*,\s*(?:\([^()]*\)\s*)?(\w+)', code):
        if match.group(1) != 'NULL' and not match.group(1).startswith('on_'):
            yield '%s:%d: curl calls %s, which is not named on_...' % (
                name, code.count('\n', 0, match.start()) + 1, match.group(1))


def raising_callbacks(name, text):
    for function, _, first, body in functions(text):
        if not function.startswith('on_'):
            continue
        for match in re.finditer(MAY_RAISE, body):
            yield '%s:%d: %s, a curl callback, uses %s' % (
                name, first + 1 + body.count('\n', 0, match.start()), function, match.group(1))


def recursion(tree):
    """a function that may call itself checks the stack, or walks with PostgreSQL's walkers"""
    calls, where = {}, {}
    for name in tree.source_files():
        text = tree.text(name)
        for function, is_static, first, body in functions(text):
            key = (name if is_static else '', function)
            code = re.sub(r'"(?:\\.|[^"\\\n])*"', '', body)
            where[key] = '%s:%d' % (name, first)
            calls[key] = (name, set(re.findall(r'(?<![.>\w])(\w+)\s*\(', code)),
                          re.search(CHECKS_STACK, code))
    open_calls = {key: {callee for word in words for callee in ((name, word), ('', word))
                        if callee in calls and not calls[callee][2]}
                  for key, (name, words, checked) in calls.items() if not checked}
    for key in sorted(open_calls, key=where.get):
        if key in reachable(open_calls, key):
            yield '%s: %s may call itself, and nothing checks the stack' % (where[key], key[1])


def reachable(calls, start):
    """All that is called from there, also through others."""
    met, ahead = set(), set(calls[start])
    while ahead:
        key = ahead.pop()
        if key not in met:
            met.add(key)
            ahead |= calls[key]
    return met


def shared_pointers(tree):
    """the structs of shared memory hold no pointer: each process maps it elsewhere"""
    for name in tree.source_files():
        if name != 'src/shared/shared_layout.h':
            continue
        code = without_comments(tree.text(name))
        for body in re.finditer(r'^typedef (?:struct|union) \w+\n\{\n(.*?)^\} *\w+;', code, re.M | re.S):
            for match in re.finditer(r'[^;\n]*\*[^;\n]*;|\b(?:Datum|Pointer|MemoryContext|List|Size|long)\b[^;\n]*;',
                                     body.group(1)):
                number = code.count('\n', 0, body.start(1) + match.start()) + 1
                yield '%s:%d: "%s" is no member of a shared struct' % (name, number, match.group(0).strip())


LOCK, UNLOCK = 'pca_shared_memory_lock', 'pca_shared_memory_unlock'


def shared_locks(tree):
    """between shared_memory's lock and unlock: no allocation, error, interrupt check or second lock"""
    bodies = {}
    for name in tree.source_files():
        for function, is_static, first, body in functions(tree.text(name)):
            bodies[(name if is_static else '', function)] = (name, first, body)
    calls = {key: called(name, body, bodies) for key, (name, _, body) in bodies.items()}
    for (_, function), (name, first, body) in sorted(bodies.items(), key=lambda item: item[1][:2]):
        if function not in (LOCK, LOCK + '_shared', UNLOCK):
            yield from locked_parts(name, function, first, body, bodies, calls)


def called(name, body, bodies):
    """The functions of the tree that some code calls."""
    words = set(re.findall(r'(?<![.>\w])(\w+)\s*\(', re.sub(r'"(?:\\.|[^"\\\n])*"', '', body)))
    return {key for word in words for key in ((name, word), ('', word)) if key in bodies}


def locked_parts(name, function, first, body, bodies, calls):
    steps = [(match.start(), match.group(1)) for match in
             re.finditer(r'\b(%s(?:_shared)?|%s|return)\b' % (LOCK, UNLOCK), body)]
    begin = None
    for at, step in steps:
        where = '%s:%d: %s' % (name, first + 1 + body.count('\n', 0, at), function)
        if step == 'return' and begin is not None:
            yield '%s returns with a lock' % where
        elif step.startswith(LOCK) and begin is not None:
            yield '%s takes a second lock' % where
        elif step == UNLOCK and begin is None:
            yield '%s releases a lock that it has not taken' % where
        elif step.startswith(LOCK):
            begin = at
        elif step == UNLOCK:
            part = body[begin + len(LOCK):at]
            begin = None
            yield from raising_parts(where, name, part, bodies, calls)
    if begin is not None:
        yield '%s:%d: %s ends with a lock' % (name, first, function)


def raising_parts(where, name, part, bodies, calls):
    direct = re.search(RAISES_OR_LOCKS, part)
    if direct:
        yield '%s uses %s with a lock' % (where, direct.group(1))
    reached, ahead = set(), called(name, part, bodies)
    while ahead:
        key = ahead.pop()
        if key in reached or key[1] == UNLOCK:
            continue
        reached.add(key)
        ahead |= calls[key]
        inner = re.search(RAISES_OR_LOCKS, bodies[key][2])
        if inner:
            yield '%s calls %s with a lock, which uses %s' % (where, key[1], inner.group(1))


def sizes(tree):
    """a function fits 60 lines, or test/lint/length_exceptions says why not"""
    allowed = {line.split()[0]: line.split()[1:] for _, line in tree.table('test/lint/length_exceptions')}
    for entry, reason in allowed.items():
        if not reason:
            yield 'test/lint/length_exceptions: %s has no reason' % entry
    met = set()
    for name in tree.c_files():
        text = tree.text(name)
        for match in re.finditer(r'^\w[^;={}\n]*\)[ \t]*\{[ \t]*$', text, re.M):
            yield '%s:%d: the brace that opens a function stands alone in its line' % (
                name, text.count('\n', 0, match.start()) + 1)
        for function, _, first, body in functions(text):
            entry = '%s:%s' % (name, function)
            length = body.count('\n') + 1
            if length > LONGEST_FUNCTION:
                met.add(entry)
                if entry not in allowed:
                    yield '%s:%d: %s has %d lines, more than %d' % (
                        name, first, function, length, LONGEST_FUNCTION)
    for entry in sorted(set(allowed) - met):
        yield 'test/lint/length_exceptions: %s is no long function' % entry


def names(tree):
    """externs are pca_file_verb, types Pca..., macros PCA_..., statics bare and unique"""
    statics = {}
    for name in tree.source_files():
        code = without_comments(tree.text(name))
        if name.endswith('.h'):
            for number, problem in header_names(stem_of(name), code):
                yield '%s:%d: %s' % (name, number, problem)
        for function, is_static, first, _ in functions(tree.text(name)):
            if is_static and name.endswith('.c') and re.match(r'pca_', function):
                yield '%s:%d: %s is static, so it goes without pca_' % (name, first, function)
            other = statics.setdefault(function, name) if is_static else name
            if other != name:
                yield '%s:%d: %s also has a static function %s' % (name, first, other, function)


def header_names(stem, code):
    # FILE_internal.h declares more of FILE.c, for the other files of its folder
    stem = re.sub(r'_internal$', '', stem)
    prefix = 'pca_' if stem == stem_of(MAIN_FILE) else 'pca_%s_' % stem
    # a function that SQL calls has its SQL name
    code = re.sub(r'^extern\s+PGDLLEXPORT\s+Datum\s+pc_analytics_\w+\(PG_FUNCTION_ARGS\);', blank,
                  code, flags=re.M)
    expected = (
        (r'^extern\s+[^;(]*?\b(\w+)\s*(?:\(|;|\[)', prefix, 'extern %s should start with %s'),
        (r'^static\s+inline\s+[^;(]*?\b(\w+)\s*\(', prefix, 'inline %s should start with %s'),
        (r'^typedef\s+(?:struct|enum|union)\s+(\w+)', 'Pca', 'type %s should start with %s'),
        (r'^\}\s*(\w+)\s*;', 'Pca', 'type %s should start with %s'),
        (r'^(?:struct|enum|union)\s+(\w+)', 'Pca', 'type %s should start with %s'),
        (r'^#\s*define\s+(\w+)', ('PCA_', 'pca_compat_') if stem == 'compat' else 'PCA_',
         'macro %s should start with %s'),
        (r'^\t(\w+)(?:\s*=[^,{};]*)?,?\s*$(?=[^{;]*\}\s*Pca)', 'PCA_',
         'constant %s should start with %s'))
    for expression, start, says in expected:
        for match in re.finditer(expression, code, re.M):
            if not match.group(1).startswith(start):
                shown = start if isinstance(start, str) else start[0]
                yield code.count('\n', 0, match.start()) + 1, says % (match.group(1), shown)
    for match in re.finditer(r'^(?!typedef|static|extern|PCA_NORETURN extern|struct|enum|union|#)\w[\w\s*]*?\b(\w+)\s*'
                             r'\([^;{}]*\)\s*;', code, re.M):
        yield (code.count('\n', 0, match.start()) + 1,
               'prototype %s should say extern' % match.group(1))


def comments(tree):
    """a file begins with its purpose; a prototype in a header has a comment"""
    for name in tree.source_files():
        title = os.path.basename(name)
        head = tree.text(name).split('\n')[:4]
        if not re.match(r'/\*[-]*$', head[0]) or not any(l.strip(' *') == title for l in head[1:]):
            yield '%s:1: the first comment should name the file' % name
        if name.endswith('.h'):
            yield from bare_prototypes(name, tree.lines(name))


def bare_prototypes(name, lines):
    """A comment speaks for the prototypes that follow it without a blank line."""
    explained = False
    for number, line in lines:
        if line.startswith('extern') and not explained:
            yield '%s:%d: a comment should describe this' % (name, number)
        if line.rstrip().endswith('*/'):
            explained = True
        elif not line.strip():
            explained = False


RULES = [includes, tokens, catalog_names, planner_headers, callbacks, recursion, shared_pointers, shared_locks,
         sizes, names, comments]
