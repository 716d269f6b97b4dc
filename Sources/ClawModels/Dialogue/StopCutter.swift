import ClawCore

/// Ends a text at the first of the caller's stop sequences, for models whose vendor does not take any. What may be the
/// beginning of one is held back, so that nothing of it is ever shown.
struct StopCutter: Sendable {
  private let sequences: [[UInt8]]
  /// Shorter than the longest sequence.
  private var held: [UInt8] = []
  /// Whether a sequence has come; nothing after it counts.
  private(set) var isCut = false

  /// Nil if there is nothing to look for.
  init?(_ sequences: [String]) {
    let found = sequences.filter { !$0.isEmpty }.map { Array($0.utf8) }
    guard !found.isEmpty else { return nil }
    self.sequences = found
  }

  /// What of the text can be shown.
  mutating func push(_ text: String) -> String {
    guard !isCut else { return "" }
    let bytes = held + Array(text.utf8)
    held = []
    if let end = sequences.compactMap({ Self.first($0, in: bytes) }).min() {
      isCut = true
      return String(decoding: bytes[..<end], as: UTF8.self)
    }
    // A sequence is whole scalars, so cutting where one may begin cuts between scalars.
    let keep = sequences.map { Self.overlap(of: bytes, with: $0) }.max() ?? 0
    held = Array(bytes.suffix(keep))
    return String(decoding: bytes.dropLast(keep), as: UTF8.self)
  }

  /// What was held back, once the text has ended.
  mutating func finish() -> String {
    defer { held = [] }
    return String(decoding: held, as: UTF8.self)
  }

  private static func first(_ sequence: [UInt8], in bytes: [UInt8]) -> Int? {
    bytes[...].end(ofFirst: sequence).map { $0 - sequence.count }
  }

  /// How many bytes at the end may be the beginning of the sequence.
  private static func overlap(of bytes: [UInt8], with sequence: [UInt8]) -> Int {
    for length in stride(from: min(sequence.count - 1, bytes.count), to: 0, by: -1)
    where bytes.suffix(length).elementsEqual(sequence.prefix(length)) {
      return length
    }
    return 0
  }
}
