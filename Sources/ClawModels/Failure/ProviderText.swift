import ClawCore
import ClawJSON

/// Sanitizes a provider's error text: short, on one line, without keys and without content of the request.
enum ProviderText {
  /// Maximum length in characters.
  static let limit = 300

  private static let keyPrefixes = [
    "sk-", "sk_", "gsk_", "xai-", "pplx-", "AIza", "Bearer", "key-", "ghp_", "hf_", "nvapi-", "eyJ",
  ]

  /// The text that may be shown; nil if none may.
  static func presentable(_ text: String, hiding key: Secret?, repeating request: ModelRequest?) -> String? {
    // Truncate first: a provider can send 64 KiB, and the rest only concerns what is shown.
    var line = text.prefix(4 * limit).oneLine().replacingBytes(of: "\t", with: " ").trimmed
    if let key = key?.exposed, !key.isEmpty { line = line.replacingBytes(of: key, with: "***") }
    line = maskedWords(line)
    guard !line.isEmpty, !repeats(line, request) else { return nil }
    return line.count > limit ? String(line.prefix(limit - 1)) + "…" : line
  }

  /// Masks each word that looks like a key, even one that the provider abbreviated (`sk-ab***yz`).
  private static func maskedWords(_ line: String) -> String {
    line.split(at: " ", omittingEmpty: false).map { word in
      guard let start = keyPrefixes.lazy.compactMap({ word.firstRange(ofBytes: $0)?.lowerBound }).min() else {
        return String(word)
      }
      let run = word[start...].prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_*.".contains($0)) }
      guard run.count >= 12 || run.containsBytes(of: "*") else { return String(word) }
      return word[..<start] + "***" + word[run.endIndex...]
    }.joined(separator: " ")
  }

  /// Whether the text contains the beginning of a recent message or of the system prompt.
  private static func repeats(_ line: String, _ request: ModelRequest?) -> Bool {
    guard let request else { return false }
    var said = [request.system, request.systemSuffix]
    for exchange in request.exchanges.suffix(8) {
      said += exchange.input.flatMap { $0.parts.compactMap(\.text) }
      for round in exchange.rounds.suffix(8) {
        said.append(round.text)
        said += round.calls.map(\.result.content)
      }
    }
    return said.contains { text in
      let beginning = String(text.prefix(64)).trimmed.prefix(24)
      return beginning.count >= 12 && line.containsBytes(of: beginning)
    }
  }
}
