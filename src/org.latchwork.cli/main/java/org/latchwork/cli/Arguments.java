package org.latchwork.cli;

import org.latchwork.checkpoint.CheckpointLayout;

/** Arguments as both commands read them: strictly. */
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
