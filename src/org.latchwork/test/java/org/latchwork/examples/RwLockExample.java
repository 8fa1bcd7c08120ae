package org.latchwork.examples;

import java.util.Optional;
import java.util.function.LongUnaryOperator;
import org.latchwork.futex.FutexArray;
import org.latchwork.lock.Held;
import org.latchwork.lock.RwLock;

/** Many read, one writes; and the ways from one to the other. */
final class RwLockExample {
    private RwLockExample() {}

    // @start region=both
    static int read(RwLock prices, FutexArray table, int article) {
        try (var _ = prices.acquireRead()) { // beside all others who read
            return table.getPlain(article);
        }
    }

    static void write(RwLock prices, FutexArray table, int article, int price) {
        try (Held held = prices.acquireWrite()) { // alone
            if (held.ownerDied()) {
                repair(table);
                held.markConsistent();
            }
            table.setPlain(article, price);
        }
    }
    // @end

    // @start region=downgrade
    static int writeAndRead(RwLock prices, FutexArray table, int article, int price) {
        Held write = prices.acquireWrite();
        table.setPlain(article, price);
        try (var _ = prices.acquireRead()) {
            write.close(); // others may read now, but nobody writes
            return table.getPlain(article);
        }
    }
    // @end

    // @start region=upgrade
    static boolean changeIfAlone(RwLock prices, FutexArray table, int article, LongUnaryOperator change) {
        try (var _ = prices.acquireRead()) {
            long price = table.getPlain(article);
            Optional<Held> write = prices.tryUpgrade(); // nobody has written since
            write.ifPresent(held -> {
                table.setPlain(article, (int) change.applyAsLong(price));
                held.close();
            });
            return write.isPresent();
        }
    }
    // @end

    private static void repair(FutexArray table) {}
}
