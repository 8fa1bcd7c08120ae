package org.latchwork.cli;

import java.time.Duration;
import java.util.Locale;
import org.latchwork.checkpoint.CheckpointLayout;
import org.latchwork.file.Durability;
import org.latchwork.publish.StoreKey;

/** Arguments as the commands read them: strictly. */
final class Arguments {
    private Arguments() {}

    /** {@return a decimal number from 0 to 2147483647: digits alone, no sign} */
    static int number(String name, String text) throws WrongUse {
        return parse(text, 10, Integer.MAX_VALUE, name + " takes a whole number from 0 to " + Integer.MAX_VALUE);
    }

    /** {@return permissions: octal digits, up to 0777} */
    static int mode(String text) throws WrongUse {
        return parse(text, 8, 0777, "--mode takes octal permissions from 0 to 0777");
    }

    /** {@return the layout of that name} */
    static CheckpointLayout layout(String text) throws WrongUse {
        try {
            return CheckpointLayout.parse(text);
        } catch (IllegalArgumentException e) {
            throw new WrongUse("--layout: " + e.getMessage());
        }
    }

    /** {@return a name as a store's key} */
    static StoreKey name(String text) throws WrongUse {
        try {
            return StoreKey.named(text);
        } catch (IllegalArgumentException e) {
            throw new WrongUse("--name: " + e.getMessage());
        }
    }

    /** {@return a store's key: a content's or a name} */
    static StoreKey key(String text) throws WrongUse {
        try {
            return StoreKey.parse(text);
        } catch (IllegalArgumentException e) {
            throw new WrongUse("KEY: " + e.getMessage());
        }
    }

    /** {@return the durability of that name} */
    static Durability durability(String text) throws WrongUse {
        for (Durability durability : Durability.values()) {
            if (durability.name().toLowerCase(Locale.ROOT).equals(text)) {
                return durability;
            }
        }
        throw new WrongUse("--durability takes none, content or durable, not '" + text + "'");
    }

    /** {@return bytes: a number, with K, M or G for powers of 1024} */
    static long size(String name, String text) throws WrongUse {
        int unit = text.isEmpty() ? -1 : "KMG".indexOf(text.charAt(text.length() - 1));
        String takes = name + " takes a number of bytes from 0 to " + Integer.MAX_VALUE + ", or so many K, M or G";
        return (long) parse(unit < 0 ? text : text.substring(0, text.length() - 1), 10, Integer.MAX_VALUE, takes) << 10 * (unit + 1);
    }

    /** {@return a time: a number with s, m, h or d} */
    static Duration duration(String name, String text) throws WrongUse {
        String takes = name + " takes a whole number with s, m, h or d, such as 90s or 7d";
        int unit = text.isEmpty() ? -1 : "smhd".indexOf(text.charAt(text.length() - 1));
        if (unit < 0) {
            throw new WrongUse(takes + ", not '" + text + "'");
        }
        int[] seconds = {1, 60, 3600, 86400};
        return Duration.ofSeconds(seconds[unit]).multipliedBy(parse(text.substring(0, text.length() - 1), 10, Integer.MAX_VALUE, takes));
    }

    /** {@return a time: a number with ms, s, m, h or d} */
    static Duration timeout(String name, String text) throws WrongUse {
        if (text.endsWith("ms")) {
            return Duration.ofMillis(parse(text.substring(0, text.length() - 2), 10, Integer.MAX_VALUE,
                    name + " takes a whole number with ms, s, m, h or d, such as 500ms or 30s"));
        }
        return duration(name, text);
    }

    private static int parse(String text, int radix, int largest, String takes) throws WrongUse {
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0'; // not Character.digit, which knows the digits of all scripts
            if (digit < 0 || digit >= radix || (value = value * radix + digit) > largest) {
                throw new WrongUse(takes + ", not '" + text + "'");
            }
        }
        if (text.isEmpty()) {
            throw new WrongUse(takes + ", not ''");
        }
        return (int) value;
    }
}
