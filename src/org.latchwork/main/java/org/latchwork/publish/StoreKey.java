package org.latchwork.publish;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;

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

    private static final int MAX_PART = 255;
    /** Less than PATH_MAX (4096), by what the store puts in front. */
    private static final int MAX_NAME = 3900;

    private final String text;

    private StoreKey(String text) {
        this.text = text;
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
        return new StoreKey(CONTENT_PREFIX + sha256);
    }

    static StoreKey content(byte[] sha256) {
        return new StoreKey(CONTENT_PREFIX + HexFormat.of().formatHex(sha256));
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
        return new StoreKey(name);
    }

    /** {@return why a text is no name, or {@code null}} */
    private static String problem(String name) {
        if (name.startsWith(CONTENT_PREFIX)) {
            return "begins with " + CONTENT_PREFIX + ", as keys of contents do";
        }
        if (name.indexOf('\0') >= 0) {
            return "has a NUL in it";
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
            return "has half a character in it, which no file's name can hold";
        }
        if (bytes(name) > MAX_NAME) {
            return "is longer than " + MAX_NAME + " bytes";
        }
        for (String part : name.split("/", -1)) {
            if (part.isEmpty()) {
                return "has an empty part: it is empty, absolute, or has a / at its end or two in a row";
            }
            if (part.equals(".") || part.equals("..")) {
                return "has the part '" + part + "'";
            }
            if (bytes(part) > MAX_PART) {
                return "has a part longer than " + MAX_PART + " bytes";
            }
        }
        return null;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
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
        if (isContent()) {
            return OBJECTS + "/" + hash().substring(0, FAN_OUT_DIGITS);
        }
        int slash = text.lastIndexOf('/');
        return slash < 0 ? NAMES : NAMES + "/" + text.substring(0, slash);
    }

    /** {@return the last part of {@link #path}} */
    String file() {
        return isContent() ? hash().substring(FAN_OUT_DIGITS) : text.substring(text.lastIndexOf('/') + 1);
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
        return Objects.hashCode(text);
    }

    /** Orders by text. */
    @Override
    public int compareTo(StoreKey other) {
        return text.compareTo(other.text);
    }
}
