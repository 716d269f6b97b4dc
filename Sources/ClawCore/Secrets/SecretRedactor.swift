import ClawJSON
import Synchronization

/// Replaces secrets in text by `***`: those of this installation word by word, and what looks like a key of a known
/// vendor. Copies share what they know.
public struct SecretRedactor: Sendable {
  /// What replaces a secret.
  public static let mask = "***"
  /// Shortest text that is taken for a secret; anything shorter would mask ordinary words.
  private static let minLength = 6
  private static let prefixes = [
    "sk-", "sck_", "scd_", "xoxb-", "xoxp-", "ghp_", "gho_", "github_pat_", "AKIA", "AIza", "gsk_",
  ]
  /// Secrets that are known word by word; of more the later ones are not, for every text is searched for each.
  private static let maxSecrets = 2000

  private final class Book: Sendable {
    /// The longest first.
    let secrets: Mutex<[String]>

    init(_ secrets: [String]) { self.secrets = Mutex(secrets) }
  }

  private let book: Book

  /// - Parameter secrets: The keys and tokens that this process holds.
  public init(secrets: [String] = []) {
    book = Book(secrets.filter { $0.utf8.count >= Self.minLength }.sorted { $0.utf8.count > $1.utf8.count })
  }

  /// Keeps out one more from now on.
  public func add(_ secret: String) {
    guard secret.utf8.count >= Self.minLength else { return }
    book.secrets.withLock { secrets in
      guard secrets.count < Self.maxSecrets, !secrets.contains(secret) else { return }
      secrets.insert(secret, at: secrets.firstIndex { $0.utf8.count < secret.utf8.count } ?? secrets.endIndex)
    }
  }

  /// The text without secrets.
  public func redact(_ text: String) -> String {
    var result = text
    for secret in book.secrets.withLock({ $0 }) where result.containsBytes(of: secret) {
      result = result.replacingBytes(of: secret, with: Self.mask)
    }
    return Self.prefixes.contains(where: { result.containsBytes(of: $0) }) ? maskVendorKeys(result) : result
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
      let isKey = Self.prefixes.contains { word.startsWith($0) && word.utf8.count >= $0.utf8.count + 16 }
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
