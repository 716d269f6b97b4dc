import ClawJSON

/// Replaces secrets in text by `***`: those of this installation word by word, and what looks like a key of a known
/// vendor.
public struct SecretRedactor: Sendable {
  /// What replaces a secret.
  public static let mask = "***"
  /// Shortest text that is taken for a secret; anything shorter would mask ordinary words.
  private static let minLength = 6
  private static let prefixes = [
    "sk-", "sck_", "scd_", "xoxb-", "xoxp-", "ghp_", "gho_", "github_pat_", "AKIA", "AIza", "gsk_",
  ]
  private let secrets: [String]

  /// - Parameter secrets: The keys and tokens that this process holds.
  public init(secrets: [String] = []) {
    self.secrets = secrets.filter { $0.utf8.count >= Self.minLength }.sorted { $0.utf8.count > $1.utf8.count }
  }

  /// The text without secrets.
  public func redact(_ text: String) -> String {
    var result = text
    for secret in secrets where result.contains(secret) {
      result = result.split(separator: secret, omittingEmptySubsequences: false).joined(separator: Self.mask)
    }
    return Self.prefixes.contains(where: { result.contains($0) }) ? maskVendorKeys(result) : result
  }

  /// The value with every string redacted.
  public func redact(_ value: JSONValue) -> JSONValue {
    switch value {
    case .string(let text): .string(redact(text))
    case .array(let elements): .array(elements.map(redact))
    case .object(let members): .object(members.mapValues(redact))
    default: value
    }
  }

  /// Masks each word that begins like a vendor's key and goes on for at least 16 characters.
  private func maskVendorKeys(_ text: String) -> String {
    var result = ""
    var word = ""
    func flush() {
      let isKey = Self.prefixes.contains { word.hasPrefix($0) && word.utf8.count >= $0.utf8.count + 16 }
      result += isKey ? Self.mask : word
      word = ""
    }
    for character in text {
      if character.isASCII, character.isLetter || character.isNumber || character == "-" || character == "_" {
        word.append(character)
      } else {
        flush()
        result.append(character)
      }
    }
    flush()
    return result
  }
}
