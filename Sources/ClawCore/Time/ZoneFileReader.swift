/// Parses a zone file (RFC 9636, section 3). Every count in it is checked against the available bytes before it is
/// used.
struct ZoneFileReader {
  private let bytes: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  private struct Header {
    let version: UInt8
    let universalIndicators, standardIndicators, leapSeconds, transitions, kinds, letters: Int

    func bodySize(timeSize: Int) -> Int {
      transitions * (timeSize + 1) + kinds * 6 + letters + leapSeconds * (timeSize + 4) + standardIndicators
        + universalIndicators
    }
  }

  /// Files of version 1 have one block with 32-bit times; later ones have it too, for old readers, followed by a block
  /// with 64-bit times and a rule for the time after it.
  mutating func read() throws(ZoneFileError) -> ZoneFile {
    let first = try readHeader()
    guard first.version != 0 else { return try readBody(first, timeSize: 4, rule: nil) }
    try skip(first.bodySize(timeSize: 4))
    let second = try readHeader()
    let body = position
    try skip(second.bodySize(timeSize: 8))
    let rule = try readFooter()
    position = body
    return try readBody(second, timeSize: 8, rule: rule)
  }

  private mutating func readHeader() throws(ZoneFileError) -> Header {
    guard bytes.count - position >= 44 else { throw .damaged("it ends inside of a header") }
    guard bytes[position..<(position + 4)].elementsEqual("TZif".utf8) else { throw .damaged("it is no zone file") }
    let version = bytes[position + 4]
    guard version == 0 || version >= UInt8(ascii: "2") else { throw .damaged("its version is unknown") }
    position += 20
    var counts: [Int] = []
    for _ in 0..<6 { counts.append(Int(readInteger(size: 4) & 0xFFFF_FFFF)) }
    let header = Header(
      version: version, universalIndicators: counts[0], standardIndicators: counts[1], leapSeconds: counts[2],
      transitions: counts[3], kinds: counts[4], letters: counts[5])
    // With every count below the file's size, no sum of sizes can overflow.
    guard counts.allSatisfy({ $0 <= bytes.count }) else { throw .damaged("it ends inside of its data") }
    return header
  }

  private mutating func skip(_ count: Int) throws(ZoneFileError) {
    guard bytes.count - position >= count else { throw .damaged("it ends inside of its data") }
    position += count
  }

  /// A big-endian signed integer; the caller has checked the bounds.
  private mutating func readInteger(size: Int) -> Int64 {
    var value: UInt64 = 0
    for _ in 0..<size {
      value = value << 8 | UInt64(bytes[position])
      position += 1
    }
    let unused = UInt64(64 - size * 8)
    return Int64(bitPattern: value << unused) >> Int64(unused)
  }

  private mutating func readBody(
    _ header: Header, timeSize: Int, rule: ZoneFileRule?
  ) throws(ZoneFileError) -> ZoneFile {
    guard bytes.count - position >= header.bodySize(timeSize: timeSize) else {
      throw .damaged("it ends inside of its data")
    }
    guard (1...256).contains(header.kinds) else { throw .damaged("it must have 1 to 256 kinds of local time") }
    guard header.leapSeconds == 0 else { throw .damaged("it counts leap seconds, which Unix times do not") }

    var transitions: [Int64] = []
    transitions.reserveCapacity(header.transitions)
    for _ in 0..<header.transitions {
      let time = readInteger(size: timeSize)
      if let last = transitions.last, last >= time { throw .damaged("its transitions are out of order") }
      transitions.append(time)
    }
    let kinds = Array(bytes[position..<(position + header.transitions)])
    guard kinds.allSatisfy({ Int($0) < header.kinds }) else {
      throw .damaged("a transition goes to a kind of local time that is not there")
    }
    position += header.transitions
    return ZoneFile(transitions: transitions, kinds: kinds, offsets: try readOffsets(header), rule: rule)
  }

  private mutating func readOffsets(_ header: Header) throws(ZoneFileError) -> [ZoneFileOffset] {
    let lettersStart = position + header.kinds * 6
    let letters = bytes[lettersStart..<(lettersStart + header.letters)]
    var offsets: [ZoneFileOffset] = []
    for _ in 0..<header.kinds {
      let seconds = readInteger(size: 4)
      let isDaylightSaving = bytes[position]
      let start = lettersStart + Int(bytes[position + 1])
      position += 2
      guard (-89_999...93_599).contains(seconds) else { throw .damaged("an offset from UTC is out of range") }
      guard isDaylightSaving <= 1, start < letters.endIndex, let end = letters[start...].firstIndex(of: 0),
        letters[start..<end].allSatisfy({ (0x21...0x7E).contains($0) })
      else { throw .damaged("a kind of local time is malformed") }
      offsets.append(
        ZoneFileOffset(
          secondsFromUTC: seconds, isDaylightSaving: isDaylightSaving == 1,
          abbreviation: String(decoding: letters[start..<end], as: UTF8.self)))
    }
    return offsets
  }

  /// The rule between two line feeds at the end; nil if there is none.
  private mutating func readFooter() throws(ZoneFileError) -> ZoneFileRule? {
    guard position < bytes.count, bytes[position] == 0x0A, let end = bytes[(position + 1)...].firstIndex(of: 0x0A)
    else { throw .damaged("its footer is missing") }
    let text = bytes[(position + 1)..<end]
    if text.isEmpty { return nil }
    guard let rule = ZoneFileRule(text: text) else { throw .damaged("the rule in its footer is malformed") }
    return rule
  }
}
