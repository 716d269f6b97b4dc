import ClawCore

/// Truncates a text at the first of the caller's stop sequences, for vendors that do not support them. A possible
/// beginning of one is held back, so that no part of it is shown.
struct StopCutter: Sendable {
  private let sequences: [[UInt8]]
  /// Shorter than the longest sequence.
  private var held: [UInt8] = []
  /// Whether a sequence was found; everything after it is ignored.
  private(set) var isCut = false

  /// Nil if there are no sequences.
  init?(_ sequences: [String]) {
    let found = sequences.filter { !$0.isEmpty }.map { Array($0.utf8) }
    guard !found.isEmpty else { return nil }
    self.sequences = found
  }

  /// The part of the text that can be shown.
  mutating func push(_ text: String) -> String {
    guard !isCut else { return "" }
    let bytes = held + Array(text.utf8)
    held = []
    if let end = sequences.compactMap({ Self.first($0, in: bytes) }).min() {
      isCut = true
      return String(decoding: bytes[..<end], as: UTF8.self)
    }
    // A sequence consists of whole scalars, so the cut is on a scalar boundary.
    let keep = sequences.map { Self.overlap(of: bytes, with: $0) }.max() ?? 0
    held = Array(bytes.suffix(keep))
    return String(decoding: bytes.dropLast(keep), as: UTF8.self)
  }

  /// The text held back, once the input has ended.
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
