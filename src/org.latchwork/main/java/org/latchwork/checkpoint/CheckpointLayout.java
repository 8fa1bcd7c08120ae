package org.latchwork.checkpoint;

import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * Where the words lie in a checkpoint file of one page. The magic holds no version, so both sides must choose the same layout.
 *
 * <table>
 * <caption>Layouts of a page of 4096 bytes</caption>
 * <tr><th>name</th><th>magic</th><th>first word at</th><th>ids</th></tr>
 * <tr><td>{@code patch} (default)</td><td>{@code LTPM} at 0</td><td>4</td><td>1023</td></tr>
 * <tr><td>{@code plain} (LTP before 2025)</td><td>none</td><td>0</td><td>1024</td></tr>
 * <tr><td>{@code ltp-20250930}</td><td>{@code LTPM} at 0</td><td>68</td><td>1007</td></tr>
 * <tr><td>{@code ltp-20260529}</td><td>{@code LTPM} at 0</td><td>76</td><td>1005</td></tr>
 * <tr><td>a number <var>n</var></td><td>{@code LTPM} at 0</td><td><var>n</var></td><td>(4096−<var>n</var>)/4</td></tr>
 * <tr><td><var>n</var>{@code :plain}</td><td>none</td><td><var>n</var></td><td>(4096−<var>n</var>)/4</td></tr>
 * </table>
 *
 * @param firstWord offset of the word with id 0, in bytes; a multiple of 4
 * @param hasMagic whether the file begins with {@code LTPM}
 */
public record CheckpointLayout(int firstWord, boolean hasMagic) {
    /** The layout of the patch: the words follow the magic. */
    public static final CheckpointLayout PATCH = new CheckpointLayout(4, true);
    /** LTP before 2025: words only. Any file of a page passes for one, so mind what you name. */
    public static final CheckpointLayout PLAIN = new CheckpointLayout(0, false);
    /** The release of September 2025. */
    public static final CheckpointLayout LTP_20250930 = new CheckpointLayout(68, true);
    /** The release of May 2026. */
    public static final CheckpointLayout LTP_20260529 = new CheckpointLayout(76, true);

    private static final Map<String, CheckpointLayout> NAMED = new TreeMap<>(Map.of(
            "patch", PATCH, "plain", PLAIN, "ltp-20250930", LTP_20250930, "ltp-20260529", LTP_20260529));
    private static final String PLAIN_SUFFIX = ":plain";
    /** Every supported machine has pages of at least this, and a layout must leave room for a word. */
    private static final int SMALLEST_PAGE = 4096;

    /** Checks the offset. */
    public CheckpointLayout {
        int lowest = hasMagic ? Integer.BYTES : 0;
        if (firstWord < lowest || firstWord > SMALLEST_PAGE - Integer.BYTES || firstWord % Integer.BYTES != 0) {
            throw new IllegalArgumentException("checkpoint layout: the first word cannot be at " + firstWord
                    + "; it takes a multiple of 4 from " + lowest + " to " + (SMALLEST_PAGE - Integer.BYTES));
        }
    }

    /**
     * {@return the layout that {@code LATCHWORK_CHECKPOINT_LAYOUT} names, {@link #PATCH} where it is not set}
     *
     * @throws IllegalArgumentException if it names none
     */
    public static CheckpointLayout fromEnvironment() {
        String layout = System.getenv(Checkpoint.LAYOUT_VARIABLE);
        return layout == null || layout.isEmpty() ? PATCH : parse(layout);
    }

    /**
     * {@return the layout of that name}
     *
     * @param text {@code patch}, {@code plain}, {@code ltp-20250930}, {@code ltp-20260529}, an offset in bytes such as {@code 68}, or an
     *     offset without magic such as {@code 68:plain}; upper case and underscores do as well
     * @throws IllegalArgumentException if it is none of these
     */
    public static CheckpointLayout parse(String text) {
        String name = text.toLowerCase(Locale.ROOT).replace('_', '-');
        CheckpointLayout named = NAMED.get(name);
        if (named != null) {
            return named;
        }
        boolean plain = name.endsWith(PLAIN_SUFFIX);
        String number = plain ? name.substring(0, name.length() - PLAIN_SUFFIX.length()) : name;
        if (!number.matches("[0-9]{1,4}")) {
            StringJoiner names = new StringJoiner(", ");
            NAMED.keySet().forEach(names::add);
            throw new IllegalArgumentException("checkpoint layout '" + text + "' is unknown; it takes " + names
                    + ", or the offset of the first word in bytes, with ':plain' for a file without magic");
        }
        return new CheckpointLayout(Integer.parseInt(number), !plain);
    }

    /**
     * {@return how many ids a page has}
     *
     * @param pageSize bytes
     */
    public int capacity(int pageSize) {
        return (pageSize - firstWord) / Integer.BYTES;
    }

    /** {@return the name, or the offset where it has none} */
    @Override
    public String toString() {
        for (Map.Entry<String, CheckpointLayout> entry : NAMED.entrySet()) {
            if (entry.getValue().equals(this)) {
                return entry.getKey();
            }
        }
        return hasMagic ? String.valueOf(firstWord) : firstWord + PLAIN_SUFFIX;
    }
}
