# DBI and RPostgreSQL.  README.md describes the commands.
suppressPackageStartupMessages(library(RPostgreSQL))

escape <- function(x) {
    for (pair in list(c("\\", "\\\\"), c("\t", "\\t"), c("\n", "\\n"), c("\r", "\\r")))
        x <- gsub(pair[1], pair[2], x, fixed = TRUE)
    x
}

unescape <- function(x) {
    x <- gsub("\\\\", "\001", x, fixed = TRUE)
    for (pair in list(c("\\t", "\t"), c("\\n", "\n"), c("\\r", "\r"), c("\001", "\\")))
        x <- gsub(pair[1], pair[2], x, fixed = TRUE)
    x
}

field <- function(value) {
    if (length(value) == 0 || is.na(value)) return("\\N")
    if (is.logical(value)) return(if (value) "t" else "f")
    if (is.numeric(value)) return(format(value, scientific = FALSE, digits = 15, trim = TRUE))
    escape(enc2utf8(as.character(value)))
}

print_rows <- function(data) {
    if (is.null(data) || NROW(data) == 0) return(invisible())
    for (i in seq_len(nrow(data)))
        writeLines(paste(vapply(data, function(column) field(column[i]), ""), collapse = "\t"),
                   output, useBytes = TRUE)
}

input <- file("stdin", open = "r", encoding = "UTF-8")
output <- stdout()
connection <- dbConnect(PostgreSQL(), host = Sys.getenv("PGHOST"), port = Sys.getenv("PGPORT"),
                        dbname = Sys.getenv("PGDATABASE"), user = Sys.getenv("PGUSER"))
type <- sql <- NULL

# RPostgreSQL reports an error as a warning and gives no result.
attempt <- function(statement, ...) {
    said <- NULL
    result <- tryCatch(
        withCallingHandlers(dbGetQuery(connection, statement, ...), warning = function(w) {
            if (!grepl("unrecognized PostgreSQL field type", conditionMessage(w)))
                said <<- c(said, conditionMessage(w))
            invokeRestart("muffleWarning")
        }),
        error = function(e) {
            said <<- c(said, conditionMessage(e))
            NULL
        })
    if (!is.null(said)) said <- c(dbGetException(connection)$errorMsg, said)
    list(result = result, said = said)
}

query <- function(statement, ...) {
    got <- attempt(statement, ...)
    if (!is.null(got$said)) stop(paste(got$said, collapse = "\n"))
    got$result
}

# What RPostgreSQL says of an error: a text that holds the message, the detail and the hint.
print_error <- function(said) {
    if (is.null(said)) return(print_rows(data.frame("none")))
    text <- paste(said, collapse = "\n")
    part <- function(name) {
        found <- regmatches(text, regexec(sprintf("%s: +([^\n]*)", name), text))[[1]]
        if (length(found) == 2) found[2] else NA
    }
    print_rows(data.frame(NA, part("ERROR"), part("DETAIL"), part("HINT")))
}

commands <- list(
    version = function() {
        print_rows(data.frame(c("RPostgreSQL", "DBI"),
                              c(as.character(packageVersion("RPostgreSQL")),
                                as.character(packageVersion("DBI")))))
    },
    tables = function(schema) {
        print_rows(query(paste0(
            "SELECT relname, obj_description(oid) FROM pg_class WHERE relnamespace = '", schema,
            "'::regnamespace AND relkind IN ('r', 'v', 'm', 'f', 'p') ORDER BY 1")))
    },
    columns = function(schema, table) {
        print_rows(query(paste0(
            "SELECT column_name, data_type, is_nullable = 'YES', col_description((table_schema ",
            "|| '.' || table_name)::regclass, ordinal_position) FROM information_schema.columns ",
            "WHERE table_schema = '", schema, "' AND table_name = '", table,
            "' ORDER BY ordinal_position")))
    },
    exists = function(schema, table) {
        print_rows(data.frame(dbExistsTable(connection, c(schema, table))))
    },
    run = function(statement) print_rows(query(statement)),
    prepare = function(new_type, statement) {
        type <<- new_type
        sql <<- statement
    },
    execute = function(value) {
        if (grepl("[]", type, fixed = TRUE)) value <- paste0("{", value, "}")
        print_rows(query(sql, list(value)))
    },
    fetch = function(size, number, statement) {
        result <- dbSendQuery(connection, statement)
        rows <- NULL
        while (NROW(rows) < as.integer(number)) rows <- rbind(rows, fetch(result, as.integer(size)))
        dbClearResult(result)
        print_rows(rows[seq_len(as.integer(number)), , drop = FALSE])
    },
    fail = function(statement) print_error(attempt(statement)$said),
    timeout = function(seconds, statement) {
        query(paste0("SET statement_timeout = '", seconds, "s'"))
        said <- attempt(statement)$said
        query("RESET statement_timeout")
        print_error(said)
    }
)

while (length(line <- readLines(input, 1)) > 0) {
    fields <- strsplit(line, "\t", fixed = TRUE)[[1]]
    command <- commands[[fields[1]]]
    if (is.null(command)) {
        writeLines("unsupported", output)
    } else {
        tryCatch(do.call(command, as.list(unescape(fields[-1]))), error = function(e)
            print_rows(data.frame("error", NA, conditionMessage(e))))
    }
    writeLines(".", output)
    flush(output)
}
