/// Untrusted text on a terminal.
enum TerminalText {
  /// Removes control characters (except line breaks and tabs) and bidirectional controls, which could hide or fake
  /// output.
  static func plain(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnwanted) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.filter { !isUnwanted($0) }))
  }

  private static func isUnwanted(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case 0x00...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
