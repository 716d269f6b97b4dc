import ClawJSON
import Foundation
import Testing

@Suite("Encoding")
struct EncodingTests {
  private struct Everything: Codable, Equatable {
    var bool = true
    var string = "x"
    var int = -5
    var uint8: UInt8 = 255
    var int64 = Int64.min
    var uint64 = UInt64(Int64.max)
    var float: Float = 0.1
    var double = 2.5
    var missing: Int?
    var array: [Int?] = [1, nil]
    var nested = [["a": 1]]
    var byNumber = [5: "five", -1: "minus"]
    var byName: [Name: Int] = [.b: 2, .a: 1]
    var value: JSONValue = ["k": [1.5, nil]]
    var choice = Choice.pair(left: 1, right: "r")
    var set: Set<String> = ["one"]
  }

  private enum Name: String, Codable, CodingKeyRepresentable { case a, b }
  private enum Choice: Codable, Equatable { case none, pair(left: Int, right: String) }

  @Test("every sort of member is written and read back")
  func everything() throws {
    let value = Everything()
    let text = try JSON.encodeString(value)
    #expect(
      text == #"{"array":[1,null],"bool":true,"byName":{"a":1,"b":2},"byNumber":{"-1":"minus","5":"five"},"#
        + #""choice":{"pair":{"left":1,"right":"r"}},"double":2.5,"float":0.1,"int":-5,"int64":-9223372036854775808,"#
        + #""nested":[{"a":1}],"set":["one"],"string":"x","uint64":9223372036854775807,"uint8":255,"#
        + #""value":{"k":[1.5,null]}}"#)
    #expect(try JSON.decode(Everything.self, from: text) == value)
  }

  @Test("the same bytes are read and written by Foundation's coders")
  func foundation() throws {
    let value = Everything()
    #expect(try JSONDecoder().decode(Everything.self, from: Data(JSON.encode(value))) == value)
    #expect(try JSON.decode(Everything.self, from: Array(JSONEncoder().encode(value))) == value)
    var random = SeededGenerator(seed: 3)
    for _ in 0..<50 {
      let value = JSONValue.array([.random(depth: 3, using: &random)])
      let back = try JSONDecoder().decode(JSONValue.self, from: Data(value.serialized()))
      // Foundation's decoder does not distinguish 1.0 from 1.
      #expect(try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(back)) == back)
    }
  }

  @Test("scalars at the top")
  func scalars() throws {
    #expect(try JSON.encodeString("é\n") == #""é\n""#)
    #expect(try JSON.encodeString(5) == "5")
    #expect(try JSON.encodeString(Int?.none) == "null")
    #expect(try JSON.encodeString([String: Int]()) == "{}")
    #expect(try JSON.encodeString([Int]()) == "[]")
    #expect(try JSON.encodeString(JSONValue.null) == "null")
    #expect(try JSON.encodeString(Nothing()) == "{}")
  }

  private struct Nothing: Codable {}

  @Test("numbers JSON cannot write are refused with their path")
  func notFinite() {
    for value in [Double.nan, .infinity, -.infinity] {
      let error = #expect(throws: JSONError.self) { try JSON.encode(["a": [1, value]]) }
      #expect(error?.kind == .notRepresentable)
      #expect(error?.path == "a[1]")
    }
    #expect(throws: JSONError.self) { try JSON.encode(Float.nan) }
    #expect(throws: JSONError.self) { try JSON.encode(UInt64.max) }
    #expect(throws: Never.self) { try JSON.encode(UInt64(1) << 63) }
  }

  private class Base: Codable {
    var base = 1
  }

  private final class Derived: Base {
    private enum CodingKeys: CodingKey { case own }
    var own = 2

    override init() { super.init() }

    required init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      own = try container.decode(Int.self, forKey: .own)
      try super.init(from: container.superDecoder())
    }

    override func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(own, forKey: .own)
      try super.encode(to: container.superEncoder())
    }
  }

  @Test("a superclass has its own part")
  func superclass() throws {
    let value = Derived()
    (value.own, value.base) = (7, 8)
    let text = try JSON.encodeString(value)
    #expect(text == #"{"own":7,"super":{"base":8}}"#)
    let back = try JSON.decode(Derived.self, from: text)
    #expect(back.own == 7)
    #expect(back.base == 8)
  }

  private struct Manual: Codable, Equatable {
    enum Keys: CodingKey { case list, object }
    var numbers = [1, 2]
    var name = "n"

    init() {}

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Keys.self)
      var list = try container.nestedUnkeyedContainer(forKey: .list)
      numbers = []
      while !list.isAtEnd {
        var inner = try list.nestedUnkeyedContainer()
        numbers.append(try inner.decode(Int.self))
      }
      name = try container.nestedContainer(keyedBy: Keys.self, forKey: .object).decode(String.self, forKey: .list)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Keys.self)
      var list = container.nestedUnkeyedContainer(forKey: .list)
      for number in numbers {
        var inner = list.nestedUnkeyedContainer()
        try inner.encode(number)
      }
      // Requesting the same encoder or member again continues where it was.
      var again = encoder.container(keyedBy: Keys.self)
      var object = again.nestedContainer(keyedBy: Keys.self, forKey: .object)
      try object.encode(name, forKey: .list)
      var sameObject = container.nestedContainer(keyedBy: Keys.self, forKey: .object)
      try sameObject.encodeNil(forKey: .object)
    }
  }

  @Test("nested containers are filled after they were asked for")
  func nestedContainers() throws {
    let text = try JSON.encodeString(Manual())
    #expect(text == #"{"list":[[1],[2]],"object":{"list":"n","object":null}}"#)
    #expect(try JSON.decode(Manual.self, from: text) == Manual())
  }

  private struct Confused: Encodable {
    func encode(to encoder: any Encoder) throws {
      var first = encoder.singleValueContainer()
      try first.encode(1)
      var second = encoder.unkeyedContainer()
      try second.encode(2)
    }
  }

  @Test("a type that writes itself twice is an error, not a trap")
  func confused() {
    let error = #expect(throws: JSONError.self) { try JSON.encode([Confused()]) }
    #expect(error?.path == "[0]")
  }
}
