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
        assertEquals(verdict, new Ratio("round trip", 1.05, "one", 1, "other", 1,
                new MedianInterval(median, lower, upper, 15)).verdict());
    }

    @Test
    void withoutAGoalThereIsNoVerdict() {
        assertEquals("no goal", new Ratio("round trip", null, "one", 1, "other", 1, new MedianInterval(9, 8, 10, 15)).verdict());
    }

    @Test
    void theMedianOfUnsortedValues() {
        assertEquals(2.5, MedianInterval.median(4, 1, 3, 2));
        assertEquals(3, MedianInterval.median(5, 1, 3));
    }

    /** The machine may become slower from pair to pair: the ratio of each pair does not see it. */
    @Test
    void ratiosAreThoseOfThePairs() {
        double[] slower = {10, 20, 30, 40, 50, 60, 70};
        double[] twice = {20, 40, 60, 80, 100, 120, 140};
        Ratio ratio = Ratio.of("round trip", 2.0, "one", twice, "other", slower);
        assertEquals(new MedianInterval(2, 2, 2, 7), ratio.ratio());
        assertEquals(80, ratio.measuredNanos());
        assertEquals(40, ratio.referenceNanos());
        assertEquals("met", ratio.verdict());
    }

    @Test
    void pairsAreMeasuredByTurnsAndTheOrderChanges() throws Exception {
        StringBuilder order = new StringBuilder();
        Ratio.ofPairs("round trip", null, 6, contender("a", order), contender("b", order));
        assertEquals("abbaabbaabba", order.toString());
    }

    private static Contender contender(String label, StringBuilder order) {
        return new Contender() {
            @Override
            public String label() {
                return label;
            }

            @Override
            public double measure() {
                order.append(label);
                return 1;
            }
        };
    }
}
