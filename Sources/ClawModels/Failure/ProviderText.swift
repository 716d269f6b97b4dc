import ClawCore
import ClawJSON

/// Makes a provider's error text fit to be shown: short, in one line, without keys and without what was asked.
enum ProviderText {
  /// The most that is shown, in characters.
  static let limit = 300

  private static let keyPrefixes = [
    "sk-", "sk_", "gsk_", "xai-", "pplx-", "AIza", "Bearer", "key-", "ghp_", "hf_", "nvapi-", "eyJ",
  ]

  /// The text as it may be shown, or nil if nothing of it may.
  static func presentable(_ text: String, hiding key: Secret?, repeating request: ModelRequest?) -> String? {
    // Bounded first: a provider can send 64 KiB, and all that follows is only about what is shown.
    var line = text.prefix(4 * limit).oneLine().replacingBytes(of: "\t", with: " ").trimmed
    if let key = key?.exposed, !key.isEmpty { line = line.replacingBytes(of: key, with: "***") }
    line = maskedWords(line)
    guard !line.isEmpty, !repeats(line, request) else { return nil }
    return line.count > limit ? String(line.prefix(limit - 1)) + "…" : line
  }

  /// Stars for each word that looks like a key, also like one that the provider shortened (`sk-ab***yz`).
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

  /// Whether the text contains the beginning of something that was said in the last exchanges or in the system prompt.
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
