-- Columns whose value no response has.

--! plain; 1 request; sends nothing
SELECT * FROM contoso WHERE account = 'contoso';
--! none; 0 requests
SELECT count(*) FROM contoso WHERE account = 'fabrikam';
--! plain; 1 request
SELECT * FROM accounts WHERE account = 'contoso';
--! plain; 1 request
SELECT * FROM accounts WHERE account <> 'contoso';
--! none; 0 requests
SELECT count(*), max(channel) FROM accounts WHERE account IS NULL OR grade = 7;
--! plain; 2 requests
SELECT * FROM accounts WHERE account IS NOT NULL;
--! plain; 1 request; sends channel eq 'direct'
SELECT * FROM contoso WHERE (account = 'contoso' AND channel = 'direct') OR grade < 0;
--! plain; 1 request
SELECT * FROM contoso WHERE account = 'contoso' OR channel = 'direct';
--! grouped; 2 requests
SELECT account, channel, sum(licenses_sold) FROM accounts GROUP BY 1, 2;
--! grouped; 2 requests
SELECT account, sum(licenses_sold) FROM accounts GROUP BY 1;
--! grouped; 1 request
SELECT account, sum(licenses_sold) FROM accounts WHERE grade > 0 GROUP BY 1;
--! plain; 2 requests
SELECT sum(licenses_sold * grade) FROM accounts;
--! counted
SELECT sum(grade), count(account) FROM accounts;
--! grouped; 2 requests
SELECT DISTINCT account, grade FROM accounts;
--! grouped; 2 requests
SELECT account, channel, sum(licenses_sold) FROM accounts GROUP BY GROUPING SETS ((1), (2), ());
--! counted
SELECT account, count(*) FROM contoso GROUP BY 1;
--! counted
SELECT account, grade FROM contoso;
--! counted
SELECT count(*) FROM accounts WHERE account = 'fabrikam';
--! counted
SELECT account, count(*) FROM accounts GROUP BY 1;
--! grouped
SELECT manager, sum(licenses_sold) FROM accounts JOIN managers USING (account) GROUP BY 1;
--! plain
SELECT manager, channel FROM managers LEFT JOIN contoso USING (account);
--! none; 0 requests
SELECT manager, c.account FROM managers m LEFT JOIN contoso c ON c.account = m.account AND c.grade < 0;
--! grouped
SELECT manager FROM managers m WHERE EXISTS (SELECT FROM accounts a WHERE a.account = m.account AND a.channel = 'direct');
--! counted
SELECT manager FROM managers WHERE account NOT IN (SELECT account FROM accounts);
--! grouped
SELECT manager, (SELECT sum(licenses_sold) FROM accounts a WHERE a.account = m.account) FROM managers m;
