// pgjdbc.  README.md describes the commands.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

public class JdbcClient {
    private final BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    private final Connection connection;
    private PreparedStatement prepared;
    private String type;

    public static void main(String[] arguments) throws Exception {
        new JdbcClient().serve();
    }

    private JdbcClient() throws SQLException {
        connection = connect();
    }

    private static Connection connect() throws SQLException {
        String url = String.format("jdbc:postgresql://%s:%s/%s", System.getenv("PGHOST"),
            System.getenv("PGPORT"), System.getenv("PGDATABASE"));
        return DriverManager.getConnection(url, System.getenv("PGUSER"), "");
    }

    private void serve() throws Exception {
        for (String[] fields = readLine(); fields != null; fields = readLine()) {
            try {
                command(fields);
            } catch (SQLException error) {
                row("error", error.getSQLState(), error.getMessage());
            }
            out.print(".\n");
            out.flush();
        }
        connection.close();
    }

    private void command(String[] f) throws Exception {
        switch (f[0]) {
            case "version" -> row("pgjdbc", connection.getMetaData().getDriverVersion());
            case "tables" -> tables(f[1]);
            case "columns" -> columns(f[1], f[2]);
            case "run" -> run(f[1]);
            case "begin" -> begin(f[1]);
            case "prepare" -> {
                type = f[1];
                prepared = connection.prepareStatement(f[2].replace("$1", "?"));
            }
            case "execute" -> execute(f[1]);
            case "plans" -> run("SELECT sum(generic_plans), sum(custom_plans) "
                + "FROM pg_prepared_statements");
            case "fetch" -> fetch(Integer.parseInt(f[1]), Integer.parseInt(f[2]), f[3]);
            case "fail" -> fail(f[1]);
            case "cancel" -> cancel(f[1]);
            case "timeout" -> timeout(Integer.parseInt(f[1]), f[2]);
            default -> row("unsupported");
        }
    }

    private void tables(String schema) throws SQLException {
        DatabaseMetaData metadata = connection.getMetaData();
        String[] types = {"TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE"};
        try (ResultSet rs = metadata.getTables(null, schema, "%", types)) {
            while (rs.next()) {
                row(rs.getString("TABLE_NAME"), rs.getString("REMARKS"));
            }
        }
    }

    private void columns(String schema, String table) throws SQLException {
        try (ResultSet rs = connection.getMetaData().getColumns(null, schema, table, "%")) {
            while (rs.next()) {
                boolean nullable = rs.getInt("NULLABLE") == DatabaseMetaData.columnNullable;
                row(rs.getString("COLUMN_NAME"), rs.getString("TYPE_NAME"), nullable ? "t" : "f",
                    rs.getString("REMARKS"));
            }
        }
    }

    private void begin(String mode) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET plan_cache_mode = " + mode);
        }
    }

    private void run(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (statement.execute(sql)) {
                rows(statement.getResultSet(), Integer.MAX_VALUE);
            }
        }
    }

    private void execute(String value) throws SQLException {
        if (value == null) {
            prepared.setObject(1, null);
        } else {
            bind(value);
        }
        rows(prepared.executeQuery(), Integer.MAX_VALUE);
    }

    private void bind(String value) throws SQLException {
        switch (type) {
            case "text" -> prepared.setString(1, value);
            case "boolean" -> prepared.setBoolean(1, value.equals("true"));
            case "integer" -> prepared.setInt(1, Integer.parseInt(value));
            case "bigint" -> prepared.setLong(1, Long.parseLong(value));
            case "numeric" -> prepared.setBigDecimal(1, new BigDecimal(value));
            case "double precision" -> prepared.setDouble(1, Double.parseDouble(value));
            case "date" -> prepared.setDate(1, Date.valueOf(value));
            case "timestamp" -> prepared.setTimestamp(1,
                Timestamp.valueOf(LocalDateTime.parse(value)));
            case "timestamptz" -> prepared.setObject(1, OffsetDateTime.parse(value));
            case "uuid" -> prepared.setObject(1, UUID.fromString(value));
            case "text[]", "uuid[]" -> prepared.setArray(1, connection.createArrayOf(
                type.substring(0, 4), value.split(",")));
            default -> throw new SQLException("no such type: " + type);
        }
    }

    private void fetch(int size, int number, String sql) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(size);
            rows(statement.executeQuery(sql), number);
        } finally {
            connection.commit();
            connection.setAutoCommit(true);
        }
    }

    private void fail(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
            row("none");
        } catch (PSQLException error) {
            describe(error);
        }
    }

    private void cancel(String sql) throws Exception {
        try (Statement statement = connection.createStatement()) {
            Thread thread = new Thread(() -> {
                try {
                    readLine();
                    statement.cancel();
                } catch (Exception error) {
                    System.err.println(error);
                }
            });
            thread.start();
            try {
                statement.execute(sql);
                row("none");
            } catch (PSQLException error) {
                describe(error);
            }
            thread.join();
        }
    }

    private void timeout(int seconds, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(seconds);
            statement.execute(sql);
            row("none");
        } catch (PSQLException error) {
            describe(error);
        }
    }

    private void describe(PSQLException error) {
        ServerErrorMessage server = error.getServerErrorMessage();
        row(error.getSQLState(), server == null ? error.getMessage() : server.getMessage(),
            server == null ? null : server.getDetail(), server == null ? null : server.getHint());
    }

    private void rows(ResultSet rs, int limit) throws SQLException {
        int number = rs.getMetaData().getColumnCount();
        for (int i = 0; i < limit && rs.next(); i++) {
            String[] fields = new String[number];
            for (int column = 0; column < number; column++) {
                fields[column] = rs.getString(column + 1);
            }
            row(fields);
        }
        rs.close();
    }

    private void row(String... fields) {
        List<String> written = new ArrayList<>();
        for (String field : fields) {
            written.add(field == null ? "\\N" : field.replace("\\", "\\\\").replace("\t", "\\t")
                .replace("\n", "\\n").replace("\r", "\\r"));
        }
        out.print(String.join("\t", written) + "\n");
    }

    private String[] readLine() throws java.io.IOException {
        String line = in.readLine();
        if (line == null) {
            return null;
        }
        String[] fields = line.split("\t", -1);
        for (int i = 0; i < fields.length; i++) {
            fields[i] = fields[i].equals("\\N") ? null : unescape(fields[i]);
        }
        return fields;
    }

    private static String unescape(String field) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\') {
                c = field.charAt(++i);
                c = c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
            }
            text.append(c);
        }
        return text.toString();
    }
}
