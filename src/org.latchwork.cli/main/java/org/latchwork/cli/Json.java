package org.latchwork.cli;

/** One JSON object in one line, written field by field: numbers as they are, all else as strings (RFC 8259). */
final class Json {
    private final StringBuilder text = new StringBuilder("{");

    Json put(String field, Object value) {
        text.append(text.length() == 1 ? "" : ",").append('"').append(field).append("\":");
        if (value instanceof Number) {
            text.append(value);
        } else {
            string(value.toString());
        }
        return this;
    }

    private void string(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < 0x20 || Character.isSurrogate(c) || c == 0x7f) {
                text.append("\\u%04x".formatted((int) c)); // halves of a pair as such: whoever reads joins them
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }

    @Override
    public String toString() {
        return text + "}";
    }
}
