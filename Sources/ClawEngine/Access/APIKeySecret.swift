import ClawJSON

/// Secrets of API keys, from the system's cryptographic random numbers.
enum APIKeySecret {
  /// Lets people, the log filter and repository scanners recognise a key.
  static let mark = "sck_"
  /// 40 characters of 62 kinds are 238 bits; 190 without those shown in lists.
  static let length = 40
  /// Characters of the secret shown in lists, the prefix included.
  static let shownLength = 12

  private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

  static func generate() -> String {
    var generator = SystemRandomNumberGenerator()
    return mark + String((0..<length).compactMap { _ in alphabet.randomElement(using: &generator) })
  }

  /// Whether a text has the form of a key; anything else is not looked up.
  static func isWellFormed(_ text: String) -> Bool {
    guard text.utf8.count == mark.utf8.count + length, text.startsWith(mark) else { return false }
    return text.utf8.dropFirst(mark.utf8.count).allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
  }

  /// The stored hash of a secret.
  static func hash(of secret: String) -> String { Fingerprint.sha256(of: Array(secret.utf8)) }

  /// Compares two hashes in constant time.
  static func areEqual(_ left: String, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
