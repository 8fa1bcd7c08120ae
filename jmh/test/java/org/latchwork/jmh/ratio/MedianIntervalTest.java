package org.latchwork.jmh.ratio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MedianIntervalTest {
    /** The ranks that tables of the sign test give for 95 %, two-sided. */
    @ParameterizedTest
    @CsvSource({"6, 1", "8, 1", "9, 2", "11, 2", "12, 3", "15, 4", "20, 6", "21, 6", "25, 8", "30, 10", "50, 18", "100, 40"})
    void ranksAreThoseOfTheSignTest(int count, int rank) {
        assertEquals(rank, MedianInterval.rank(count));
    }

    @Test
    void fifteenPairs() {
        MedianInterval interval = MedianInterval.of(1.15, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07, 1.08, 1.09, 1.10, 1.11, 1.12, 1.13,
                1.14);
        assertEquals(new MedianInterval(1.08, 1.04, 1.12, 15), interval);
    }

    @Test
    void anEvenCountHasItsMedianBetweenTheTwoInTheMiddle() {
        MedianInterval interval = MedianInterval.of(6, 5, 4, 3, 2, 1);
        assertEquals(new MedianInterval(3.5, 1, 6, 6), interval);
    }

    @Test
    void tooFewValuesHaveNoInterval() {
        var refused = assertThrows(IllegalArgumentException.class, () -> MedianInterval.of(1, 2, 3, 4, 5));
        assertTrue(refused.getMessage().contains("not 5"), refused::getMessage);
    }

    @ParameterizedTest
    @CsvSource({"1.00, 0.95, 1.02, met", "1.08, 1.04, 1.12, met within the interval", "1.08, 1.06, 1.12, missed"})
    void aGoalIsMissedOnlyByTheWholeInterval(double median, double lower, double upper, String verdict) {
        assertEquals(verdict, new Ratio("round trip", 1.05, 1, 1, new MedianInterval(median, lower, upper, 15)).verdict());
    }
}
