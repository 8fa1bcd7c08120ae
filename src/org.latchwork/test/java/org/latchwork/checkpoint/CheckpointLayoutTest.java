package org.latchwork.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointLayoutTest {
    @ParameterizedTest
    @CsvSource({
        "patch, 4, true, 1023, patch",
        "plain, 0, false, 1024, plain",
        "ltp-20250930, 68, true, 1007, ltp-20250930",
        "ltp-20260529, 76, true, 1005, ltp-20260529",
        "LTP_20250930, 68, true, 1007, ltp-20250930",
        "PATCH, 4, true, 1023, patch",
        "4, 4, true, 1023, patch",
        "68, 68, true, 1007, ltp-20250930",
        "200, 200, true, 974, 200",
        "4092, 4092, true, 1, 4092",
        "0:plain, 0, false, 1024, plain",
        "68:plain, 68, false, 1007, 68:plain",
        "4:PLAIN, 4, false, 1023, 4:plain",
    })
    void readsNamesAndOffsets(String text, int firstWord, boolean hasMagic, int capacity, String name) {
        CheckpointLayout layout = CheckpointLayout.parse(text);
        assertEquals(firstWord, layout.firstWord());
        assertEquals(hasMagic, layout.hasMagic());
        assertEquals(capacity, layout.capacity(4096));
        assertEquals(name, layout.toString());
        assertEquals(layout, CheckpointLayout.parse(layout.toString()));
    }

    @Test
    void theConstantsAreTheNamedOnes() {
        assertEquals(new CheckpointLayout(4, true), CheckpointLayout.PATCH);
        assertEquals(new CheckpointLayout(0, false), CheckpointLayout.PLAIN);
        assertEquals(new CheckpointLayout(68, true), CheckpointLayout.LTP_20250930);
        assertEquals(new CheckpointLayout(76, true), CheckpointLayout.LTP_20260529);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "patched", "ltp", "-4", "+4", "4.0", "0x4", "4 ", "99999", ":plain", "plain:plain", "4:"})
    void anUnknownNameIsToldWithTheKnownOnes(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> CheckpointLayout.parse(text)).getMessage();
        assertTrue(message.contains("'" + text + "' is unknown") && message.contains("ltp-20250930, ltp-20260529, patch, plain"), message);
    }

    @ParameterizedTest
    @CsvSource({"0, 4", "2, 4", "5, 4", "4093, 4", "4096, 4", "9999, 4", "2:plain, 0", "4096:plain, 0"})
    void anOffsetThatCannotBeIsToldWithTheRange(String text, int lowest) {
        String message = assertThrows(IllegalArgumentException.class, () -> CheckpointLayout.parse(text)).getMessage();
        assertTrue(message.contains(" " + text.replace(":plain", "") + ";") && message.contains("from " + lowest + " to 4092"), message);
    }
}
