import ClawJSON
import Testing

@Suite("Writing documents")
struct SerializingTests {
  @Test(
    "is written in one way",
    arguments: [
      (nil, "null"), (true, "true"), (false, "false"), (0, "0"), (.integer(.min), "-9223372036854775808"),
      (1.0, "1.0"), (.number(-0.0), "-0.0"), (0.1, "0.1"), (1e300, "1e+300"), (.number(.nan), "null"),
      (.number(.infinity), "null"), ([], "[]"), ([:], "{}"), ([1, [2.5, nil], "x"], #"[1,[2.5,null],"x"]"#),
      (["b": 1, "a": ["d": 2, "c": 3]], #"{"a":{"c":3,"d":2},"b":1}"#),
      ("a/b", #""a/b""#), ("\"\\", #""\"\\""#), ("\u{8}\u{c}\n\r\t", #""\b\f\n\r\t""#),
      ("\0\u{1}\u{1f}\u{7f}", "\"\\u0000\\u0001\\u001f\u{7f}\""),
      ("é€😀–“", "\"é€😀–“\""),
    ] as [(JSONValue, String)])
  func written(value: JSONValue, text: String) {
    #expect(value.serializedString() == text)
    #expect(value.serialized() == Array(text.utf8))
    #expect(value.description == text)
  }

  @Test("line ends that JSON does not escape by itself are escaped, for readers built on Python's str.splitlines")
  func lineEnds() throws {
    let value: JSONValue = ["a\u{85}": "b\u{2028}c\u{2029}", "d": "\u{84}\u{86}\u{2027}\u{202a}"]
    let text = value.serializedString()
    #expect(text == "{\"a\\u0085\":\"b\\u2028c\\u2029\",\"d\":\"\u{84}\u{86}\u{2027}\u{202a}\"}")
    #expect(try JSONValue(parsing: text) == value)
  }

  @Test("appends to what is there")
  func appends() {
    var bytes = Array("data: ".utf8)
    JSONValue.array([1]).serialize(into: &bytes)
    #expect(bytes == Array("data: [1]".utf8))
  }

  @Test("members are sorted by the bytes of their names")
  func order() {
    let value: JSONValue = ["b": 1, "B": 2, "é": 3, "z": 4, "": 5, "aa": 6, "a": 7, "\u{ff5e}": 8, "😀": 9]
    #expect(
      value.serializedString()
        == "{\"\":5,\"B\":2,\"a\":7,\"aa\":6,\"b\":1,\"z\":4,\"é\":3,\"\u{ff5e}\":8,\"😀\":9}")
  }

  @Test("L20: an object made in many orders is written as the same bytes")
  func deterministic() throws {
    var random = SeededGenerator(seed: 20)
    let names = (0..<40).map { "name\($0)" } + ["é", "e", "É", "日本", "a b", ""]
    var expected: [UInt8]?
    for _ in 0..<200 {
      var value = JSONValue.object([:])
      var dictionary: [String: Int] = [:]
      if Bool.random(using: &random) { dictionary.reserveCapacity(1_000) }
      for name in names.shuffled(using: &random) {
        value[name] = .integer(Int64(name.utf8.count))
        dictionary[name] = name.utf8.count
      }
      let bytes = value.serialized()
      #expect(bytes == expected ?? bytes)
      #expect(try JSON.encode(dictionary) == bytes)
      expected = bytes
    }
  }

  @Test("random values come back as they were")
  func roundTrip() throws {
    for seed in UInt64(1)...500 {
      var random = SeededGenerator(seed: seed)
      let value = JSONValue.random(depth: 5, using: &random)
      let bytes = value.serialized()
      let back = try JSONValue(parsing: bytes)
      #expect(back == value, "seed \(seed)")
      #expect(back.serialized() == bytes, "seed \(seed)")
    }
  }

  @Test("random doubles come back to the last bit")
  func doubles() throws {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<20_000 {
      let double = Double(bitPattern: random.next())
      guard double.isFinite else { continue }
      let back = try JSONValue(parsing: JSONValue.number(double).serialized()).doubleValue
      #expect(back?.bitPattern == double.bitPattern)
    }
  }

  @Test("short decimals are read as the nearest double")
  func decimals() throws {
    var random = SeededGenerator(seed: 8)
    for _ in 0..<20_000 {
      let digits = random.next() >> UInt64.random(in: 1...63, using: &random)
      let text = "\(digits)e\(Int.random(in: -30...30, using: &random))"
      #expect(try JSONValue(parsing: text).doubleValue == Double(text))
    }
  }
}
