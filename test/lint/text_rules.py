"""Rules about every text: white space, length, and words that do not belong."""
import fnmatch
import os
import re

LONGEST_FILE = 800
STRING = re.compile(r'"(?:\\.|[^"\\])*"')
KEPT_AS_THEY_ARE = ('expected/*', 'test/mock_api/seeds/*', 'test/unit/expected/*')
LONG_BY_NATURE = KEPT_AS_THEY_ARE + ('sql/*', 'doc/*', 'README.md', '*/package-lock.json')
API_NOTES = 'doc/api-notes.md'
RETIRED_WORDS = 'test/lint/retired_words'


def texts(tree, but=KEPT_AS_THEY_ARE):
    for name in tree.files:
        if not any(fnmatch.fnmatch(name, p) for p in but) and b'\0' not in tree.raw(name):
            yield name


def files(tree):
    """no file is longer than 800 lines"""
    for name in texts(tree, LONG_BY_NATURE):
        length = tree.text(name).count('\n')
        if length > LONGEST_FILE:
            yield '%s: %d lines, more than %d' % (name, length, LONGEST_FILE)


def whitespace(tree):
    """white space is as .editorconfig says"""
    sections = list(editorconfig(tree))
    perl = tree.scripts('perl')
    for name in texts(tree, ()):
        style = {}
        for glob, settings in sections:
            if re.fullmatch(glob, name):
                style.update(settings)
        yield from misfits(name, tree, style, perl)


def editorconfig(tree):
    """Pairs of a regular expression over file names and its settings."""
    section = None
    for _, line in tree.lines('.editorconfig'):
        line = line.strip()
        if line.startswith('['):
            section = (glob_expression(line[1:-1]), {})
            yield section
        elif section and '=' in line:
            key, value = line.split('=', 1)
            section[1][key.strip()] = value.strip()


def glob_expression(glob):
    braces = re.fullmatch(r'(.*)\{(.*)\}(.*)', glob)
    if braces:
        before, choices, after = braces.groups()
        return '(?:%s)' % '|'.join(glob_expression(before + c + after)
                                   for c in choices.split(','))
    anywhere = '' if '/' in glob else '(?:.*/)?'
    return anywhere + re.escape(glob).replace(r'\*\*', '.*').replace(r'\*', '[^/]*')


def misfits(name, tree, style, perl):
    raw = tree.raw(name)
    if style.get('insert_final_newline') == 'true' and raw and not raw.endswith(b'\n'):
        yield '%s: no newline at the end' % name
    if style.get('charset') == 'utf-8' and not is_utf8(raw):
        yield '%s: not UTF-8' % name
    if style.get('end_of_line') == 'lf' and style.get('charset') and b'\r\n' in raw:
        yield '%s: line ends of another system' % name
    longest = style.get('max_line_length', '')
    for number, line in tree.lines(name):
        indent = re.match(r'[ \t]*', line).group(0)
        if style.get('trim_trailing_whitespace') == 'true' and line != line.rstrip():
            yield '%s:%d: white space at the end' % (name, number)
        if style.get('indent_style') == 'space' and '\t' in indent:
            yield '%s:%d: a tab in the indent' % (name, number)
        # what Perl quotes in a here-document has its own indent: see perl_layout
        if style.get('indent_style') == 'tab' and name not in perl and re.search(r' \t|^ {4}', indent):
            yield '%s:%d: blanks in the indent' % (name, number)
        # PostgreSQL keeps a message in one line, so that it is found by grep
        if longest.isdigit() and len(STRING.sub('""', line).expandtabs(4)) > int(longest):
            yield '%s:%d: longer than %s columns' % (name, number, longest)


def is_utf8(raw):
    try:
        raw.decode('utf-8')
    except UnicodeDecodeError:
        return False
    return True


def todo(tree):
    """nothing is left for later without a reason in parentheses"""
    for name in texts(tree):
        for number, line in tree.lines(name):
            for word in re.findall(r'\b(?:TOD[O]|FIXM[E]|XX[X])\b(?!\s*\([^)]+\))', line):
                yield '%s:%d: %s without a reason in parentheses' % (name, number, word)


def words(tree):
    """the project speaks of itself: no private paths, no hosts of mirrors"""
    banned = (
        (r'(?<![\w.$}~*/-])/(?:work|root|home/\w|Users/\w)\b', 'a private path'),
        (r'(?i)\bsub-?agen[t]|\bsession o[f] the|\bcoding agen[t]\b', 'talk of who wrote it'),
        (r'(?i)\b(?:deb|ftp|snapshot|security|archive)\.(?:\w+\.)?(?:debian\.o[r]g|ubuntu\.c[o]m)'
         r'|registry\.npmj[s]', 'the host of a mirror'))
    for name in texts(tree):
        for number, line in tree.lines(name):
            for expression, what in banned:
                for match in re.finditer(expression, line):
                    yield '%s:%d: %s: %s' % (name, number, what, match.group(0))


def references(tree):
    """references to doc/api-notes.md name one of its sections"""
    sections = dict(re.findall(r'^### (\d+\.\d+) (.*)$', tree.text(API_NOTES), re.M))
    yield from notes_links(tree, sections)
    retired = r'\bfacts \d|\b\d+(?:\.\d+)?#\d|\((?:see )?section \d|(?i:\bcontract\'s\b|\bof the contract\b)'
    for name in texts(tree):
        for number, line in tree.lines(name):
            place = '%s:%d' % (name, number)
            for section in re.findall(r'\bapi-notes (\d+(?:\.\d+)*)', line):
                if section not in sections:
                    yield '%s: %s has no section %s' % (place, API_NOTES, section)
            if re.search(r'\bapi-note[s](?!\.md| \d| N\.M)', line):
                yield '%s: a reference has its section in the same line' % place
            if re.search(r'\bapi-notes \d[\d.]*(?:, ?| and | to )\d', line):
                yield '%s: each section is named as api-notes N.M' % place
            for match in re.findall(retired, line):
                yield '%s: "%s" is no reference to %s' % (place, match, API_NOTES)


def notes_links(tree, sections):
    """What is wrong with the links from section to section of doc/api-notes.md."""
    numbers = re.findall(r'^### (\d+\.\d+) ', tree.text(API_NOTES), re.M)
    for number in sorted(set(n for n in numbers if numbers.count(n) > 1)):
        yield '%s: section %s is there twice' % (API_NOTES, number)
    targets = dict(re.findall(r'^\[(\d+\.\d+)\]: #(.*)$', tree.text(API_NOTES), re.M))
    for number, title in sections.items():
        anchor = re.sub(r'[^\w -]', '', ('%s %s' % (number, title)).lower()).replace(' ', '-')
        if targets.get(number) != anchor:
            yield '%s: should end with "[%s]: #%s"' % (API_NOTES, number, anchor)
    for number, line in tree.lines(API_NOTES):
        for section in re.findall(r'\[(\d+\.\d+)\]', line):
            if section not in sections:
                yield '%s:%d: there is no section %s' % (API_NOTES, number, section)


def links(tree):
    """links in Markdown lead to files of the tree and to headings of these"""
    documents = {name: without_code(tree.text(name)) for name in tree.files if name.endswith('.md')}
    anchors = {name: [anchor(heading) for heading in re.findall(r'^#+ (.*)$', text, re.M)]
               for name, text in documents.items()}
    for name, text in documents.items():
        for link in re.findall(r'\]\(([^)\s]+)\)', text):
            path, _, heading = link.partition('#')
            target = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
            if re.match(r'\w+:', link):
                continue
            if not os.path.exists(os.path.join(tree.root, target)):
                yield '%s: the link %s leads to no file' % (name, link)
            elif heading and heading not in anchors.get(target, []):
                yield '%s: the link %s leads to no heading' % (name, link)


def without_code(text):
    """The text without its blocks of code, in which # begins a comment."""
    return re.sub(r'^[ \t]*```.*?^[ \t]*```', '', text, flags=re.M | re.S)


def anchor(heading):
    """The name by which a link leads to a heading."""
    return re.sub(r'[^\w\- ]', '', heading.lower()).strip().replace(' ', '-')


def retired_words(tree):
    """the words of test/lint/retired_words are replaced where that table says"""
    words, folders, right = retired_table(tree)
    expressions = [(word_expression(word), word, instead) for word, instead in words]
    for name in tree.files:
        if not any(name == folder or name.startswith(folder + '/') for folder in folders):
            continue
        # most files have none of the words in any case, which is quickly seen
        lower = tree.text(name).lower()
        present = [e for e in expressions if e[1].rstrip('*').lower() in lower]
        if not present:
            continue
        exceptions = [expression for glob, expression in right if fnmatch.fnmatch(name, glob)]
        for number, line in tree.lines(name):
            spans = [match.span() for e in exceptions for match in e.finditer(line)]
            for expression, _, instead in present:
                for match in expression.finditer(line):
                    if not any(a <= match.start() and match.end() <= b for a, b in spans):
                        yield '%s:%d: "%s" is retired; write %s' % (
                            name, number, match.group(0), instead)


def retired_table(tree):
    """The words with their replacements, the folders, and the exceptions of the table."""
    words, folders, right = [], [], []
    for _, line in tree.table(RETIRED_WORDS):
        if line.startswith('in '):
            folders.append(line[3:].strip())
        elif line.startswith('except '):
            glob, expression = line[7:].split(': ', 1)
            right.append((glob, re.compile(expression.strip())))
        else:
            words.append([part.strip() for part in line.split(':', 1)])
    return words, folders, right


def word_expression(word):
    """The word in any case, alone or as a part of an identifier: old, old_name, PcaOld."""
    end = '' if word.endswith('*') else '(?![A-Za-z])'
    word = re.escape(word.rstrip('*'))
    return re.compile(r'(?<![A-Za-z])(?i:%s)%s|(?<=[a-z])%s%s' % (
        word, end, word.capitalize(), end and '(?![a-z])'))


RULES = [files, whitespace, todo, words, references, links, retired_words]
