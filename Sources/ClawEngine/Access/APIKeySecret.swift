import ClawJSON

/// Secrets of API keys, out of the system's cryptographic random numbers.
enum APIKeySecret {
  /// Lets people, the log's filter and scanners of repositories recognise one.
  static let mark = "sck_"
  /// 40 characters of 62 kinds are 238 bits; without those that lists show, 190.
  static let length = 40
  /// Characters of the secret that lists show, the mark included.
  static let shownLength = 12

  private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

  static func generate() -> String {
    var generator = SystemRandomNumberGenerator()
    return mark + String((0..<length).compactMap { _ in alphabet.randomElement(using: &generator) })
  }

  /// Whether a text can be one at all; whatever else it is, nobody looks for it.
  static func isWellFormed(_ text: String) -> Bool {
    guard text.utf8.count == mark.utf8.count + length, text.startsWith(mark) else { return false }
    return text.utf8.dropFirst(mark.utf8.count).allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
  }

  /// What is kept of a secret.
  static func hash(of secret: String) -> String { Fingerprint.sha256(of: Array(secret.utf8)) }

  /// Whether two hashes are the same. Takes the same time wherever they differ.
  static func areEqual(_ left: String, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
