package org.latchwork.futex;

import org.latchwork.file.SharedFile;
import org.latchwork.testing.Conditions;

/** A child JVM that does what {@code futex_words wait} does, with {@link FutexArray#await}: arguments {@code PID FD FIRST LAST}. */
final class WordsChild {
    private static final int WORDS = 1024;

    private WordsChild() {}

    public static void main(String[] arguments) {
        SharedFile file = SharedFile.reopen(Long.parseLong(arguments[0]), Integer.parseInt(arguments[1]));
        int last = Integer.parseInt(arguments[3]);
        try (FutexArray array = FutexArray.over(file.map(WORDS * 4), 0, WORDS, FutexArray.Spacing.PACKED)) {
            System.out.println(Long.toHexString(array.word(0).address()));
            for (int i = Integer.parseInt(arguments[2]); i <= last; i++) {
                System.out.println(array.await(i, 0, Conditions.HANG) + " " + i);
            }
        }
    }
}
