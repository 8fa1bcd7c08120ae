package org.latchwork.jmh.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.latchwork.jmh.publish.Peer;
import org.latchwork.jmh.publish.PublishRow;

/** The figures of publishing as tables have them: one for each setting, a line for each peer, a column for each kind of work. */
final class PublishTable {
    private PublishTable() {}

    /** {@return the rows by setting and peer, in the order of the work} */
    static Map<String, Map<Peer, List<PublishRow>>> of(List<PublishRow> rows) {
        return rows.stream().collect(Collectors.groupingBy(PublishRow::setting, LinkedHashMap::new,
                Collectors.groupingBy(PublishRow::peer, LinkedHashMap::new, Collectors.toList())));
    }

    /** {@return microseconds, or a dash} */
    static String text(PublishRow row) {
        return row.missing() != null ? "-" : Micros.text(row.nanos() / 1000);
    }
}
