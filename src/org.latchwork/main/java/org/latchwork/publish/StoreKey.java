package org.latchwork.publish;

import java.util.HexFormat;
import java.util.stream.IntStream;

/**
 * What a file in a {@link PublishStore} is found by: the SHA-256 of its content, or a name.
 *
 * <p>As text, the first is {@code sha256:} and 64 hexadecimal digits in lower case, the second is the name. A name has one part or several
 * with {@code /} between them, as a relative path has: each part has at most 255 bytes in UTF-8, and is neither empty nor
 * {@code .} nor {@code ..}; the whole has at most 3,900. So no key leads out of its store.
 */
public final class StoreKey implements Comparable<StoreKey> {
    /** How the text of a content's key begins. */
    public static final String CONTENT_PREFIX = "sha256:";

    static final String OBJECTS = "objects";
    static final String NAMES = "names";
    static final int HASH_DIGITS = 64;
    /** Digits that name the folder, as in perf's and git's own stores: 256 folders. */
    static final int FAN_OUT_DIGITS = 2;

    private static final String[] FAN_OUT = IntStream.range(0, 1 << 4 * FAN_OUT_DIGITS)
            .mapToObj(digits -> OBJECTS + "/" + HexFormat.of().toHexDigits(digits, FAN_OUT_DIGITS)).toArray(String[]::new);

    private static final int MAX_PART = 255;
    /** Less than PATH_MAX (4096), by what the store puts in front. */
    private static final int MAX_NAME = 3900;

    private final String text;
    /** Where the file lies: the folder from the store's own, and the name in it. Both are asked for at each use. */
    private final String folder;
    private final String file;

    private StoreKey(String text, String folder, String file) {
        this.text = text;
        this.folder = folder;
        this.file = file;
    }

    private static StoreKey ofHash(String hash) {
        return new StoreKey(CONTENT_PREFIX + hash, FAN_OUT[Integer.parseInt(hash, 0, FAN_OUT_DIGITS, 16)], hash.substring(FAN_OUT_DIGITS));
    }

    /**
     * The key of a content.
     *
     * @param sha256 its SHA-256: 64 hexadecimal digits in lower case
     * @return the key
     * @throws IllegalArgumentException if it is anything else
     */
    public static StoreKey content(String sha256) {
        if (!isHex(sha256, HASH_DIGITS)) {
            throw new IllegalArgumentException("a SHA-256 is 64 hexadecimal digits in lower case, not '" + sha256 + "'");
        }
        return ofHash(sha256);
    }

    static StoreKey content(byte[] sha256) {
        return ofHash(HexFormat.of().formatHex(sha256));
    }

    static boolean isHex(String text, int digits) {
        if (text.length() != digits) {
            return false;
        }
        for (int i = 0; i < digits; i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }

    /**
     * A name as a key.
     *
     * @param name the name, with {@code /} between its parts
     * @return the key
     * @throws IllegalArgumentException if it is no name as the class describes it, or begins with {@code sha256:}
     */
    public static StoreKey named(String name) {
        String problem = problem(name);
        if (problem != null) {
            throw new IllegalArgumentException("the name '" + name + "' " + problem);
        }
        int slash = name.lastIndexOf('/');
        return new StoreKey(name, slash < 0 ? NAMES : NAMES + "/" + name.substring(0, slash), name.substring(slash + 1));
    }

    /** {@return why a text is no name, or {@code null}} */
    private static String problem(String name) {
        if (name.startsWith(CONTENT_PREFIX)) {
            return "begins with " + CONTENT_PREFIX + ", as keys of contents do";
        }
        int all = 0;
        int part = 0;
        int begin = 0;
        // In one pass: a name is checked at each publication.
        for (int i = 0; i <= name.length(); i++) {
            int c = i < name.length() ? name.charAt(i) : '/';
            if (Character.isHighSurrogate((char) c)) {
                c = name.codePointAt(i);
            }
            if (c == '/') {
                String problem = partProblem(name, begin, i, part);
                if (problem != null) {
                    return problem;
                }
                begin = i + 1;
                part = 0;
                all++;
            } else if (c == 0) {
                return "has a NUL in it";
            } else if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                return "has half a character in it, which no file's name can hold";
            } else {
                int bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4; // in UTF-8
                part += bytes;
                all += bytes;
                i += Character.charCount(c) - 1;
            }
        }
        return all - 1 > MAX_NAME ? "is longer than " + MAX_NAME + " bytes" : null;
    }

    private static String partProblem(String name, int begin, int end, int bytes) {
        if (begin == end) {
            return "has an empty part: it is empty, absolute, or has a / at its end or two in a row";
        }
        if (name.charAt(begin) == '.' && (end == begin + 1 || end == begin + 2 && name.charAt(begin + 1) == '.')) {
            return "has the part '" + name.substring(begin, end) + "'";
        }
        return bytes > MAX_PART ? "has a part longer than " + MAX_PART + " bytes" : null;
    }

    /**
     * Reads a key as {@link #toString} writes it.
     *
     * @param text a content's key or a name
     * @return the key
     * @throws IllegalArgumentException if it is neither
     */
    public static StoreKey parse(String text) {
        return text.startsWith(CONTENT_PREFIX) ? content(text.substring(CONTENT_PREFIX.length())) : named(text);
    }

    /** {@return whether this is the key of a content; else it is a name} */
    public boolean isContent() {
        return text.startsWith(CONTENT_PREFIX);
    }

    /** {@return where the file lies, from the store's folder} */
    String path() {
        return folder() + "/" + file();
    }

    /** {@return the folder of {@link #path}} */
    String folder() {
        return folder;
    }

    /** {@return the last part of {@link #path}} */
    String file() {
        return file;
    }

    /** {@return the SHA-256 in hexadecimal digits of a content's key} */
    String hash() {
        return text.substring(CONTENT_PREFIX.length());
    }

    /** {@return the key as text} */
    @Override
    public String toString() {
        return text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StoreKey key && key.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** Orders by text. */
    @Override
    public int compareTo(StoreKey other) {
        return text.compareTo(other.text);
    }
}
