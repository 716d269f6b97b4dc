/// Codes and secrets of pairing, from the system's cryptographic random numbers.
enum PairingSecret {
  /// The channel of devices that speak the protocol themselves.
  static let socketChannel = "browser"
  /// Without characters that are easily confused.
  static let alphabet = Array("ABCDEFGHJKMNPQRSTUVWXYZ23456789")
  static let codeLength = 8

  /// A code for people to read and type, uniformly distributed.
  static func code() -> String {
    var generator = SystemRandomNumberGenerator()
    return String((0..<codeLength).compactMap { _ in alphabet.randomElement(using: &generator) })
  }

  /// Normalises a typed code; nil if it can't be one.
  static func code(typed text: String) -> String? {
    let code = text.uppercased()
    return code.count == codeLength && code.allSatisfy(alphabet.contains) ? code : nil
  }

  /// A secret of 256 bits. Its prefix lets the log filter recognise it.
  static func sender() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<4).reduce(into: "scd_") { text, _ in
      let word = String(generator.next() as UInt64, radix: 16)
      text += String(repeating: "0", count: 16 - word.count) + word
    }
  }

  /// The stored hash of a sender. Each part is preceded by its length, so that two different pairs of parts never hash
  /// the same bytes.
  static func hash(of sender: String, on channel: String) -> String {
    var bytes = Array("swiftclaw.sender".utf8)
    for part in [channel, sender] {
      bytes += Array("\(part.utf8.count):".utf8)
      bytes += Array(part.utf8)
    }
    return Fingerprint.sha256(of: bytes)
  }
}
