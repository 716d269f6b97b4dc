// swift-tools-version:6.2
import PackageDescription

// Every target of ours is compiled with the same rules; see Docs/dependencies.md for why each package is here.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]
// The toolchain's own linker packs relocations, which takes 2.5 MB off the binary; see the Makefile.
let linker: [LinkerSetting] = [
  .unsafeFlags(["-use-ld=lld"], .when(platforms: [.linux], configuration: .release))
]

let dependencies: [Package.Dependency] = [
  .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
  .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
  .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
  .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
  .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
  .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
  .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
  .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
  .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioHTTPTypesCore = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

// The six floors of the house, from the ground up; an arrow only goes down.
let targets: [Target] = [
  // 0
  .target(name: "ClawJSON", swiftSettings: settings),
  .target(name: "CSQLite", linkerSettings: [.linkedLibrary(":libsqlite3.a"), .linkedLibrary("m")]),
  // libpq is opened at run time.
  .target(name: "CPostgres"),
  // 1
  .target(name: "ClawCore", dependencies: ["ClawJSON", heap], swiftSettings: settings),
  .target(name: "ClawProtocol", dependencies: ["ClawJSON"], swiftSettings: settings),
  .target(
    name: "ClawWebSocket",
    dependencies: [nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL, collections], swiftSettings: settings),
  // 2
  .target(
    name: "ClawStore", dependencies: ["ClawCore", "ClawJSON", "CSQLite", "CPostgres", logging, collections, crypto],
    swiftSettings: settings),
  // 3
  .target(
    name: "ClawClient", dependencies: ["ClawProtocol", "ClawJSON", "ClawWebSocket", nioCore], swiftSettings: settings),
  .target(
    name: "ClawEngine",
    dependencies: ["ClawStore", "ClawCore", "ClawJSON", logging, serviceLifecycle, crypto],
    swiftSettings: settings),
  .target(
    name: "ClawModels",
    dependencies: ["ClawCore", "ClawJSON", asyncHTTPClient, nioCore, nioPosix, nioHTTP1, nioSSL, logging],
    swiftSettings: settings),
  .target(name: "ClawTools", dependencies: ["ClawCore", "ClawJSON", crypto], swiftSettings: settings),
  .target(
    name: "ClawServer",
    dependencies: [
      "ClawProtocol", "ClawCore", "ClawJSON", "ClawWebSocket", hummingbirdCore, httpTypes, nioHTTPTypes,
      nioHTTPTypesCore,
      nioCore, nioPosix, nioHTTP1, nioWebSocket, logging, serviceLifecycle, crypto, collections,
    ], swiftSettings: settings),
  // 4
  .target(
    name: "ClawCommands",
    dependencies: [
      "ClawServer", "ClawClient", "ClawEngine", "ClawModels", "ClawTools", "ClawStore", "ClawCore", "ClawProtocol",
      "ClawWebSocket", "ClawJSON", argumentParser, logging, serviceLifecycle, unixSignals, nioCore, nioPosix,
      asyncHTTPClient,
    ], swiftSettings: settings),
  // 5
  .executableTarget(
    name: "swiftclaw", dependencies: ["ClawCommands"], swiftSettings: settings, linkerSettings: linker),
  // Beside the house
  .executableTarget(
    name: "swiftclaw-echo", dependencies: ["ClawWebSocket", nioCore, nioPosix, nioHTTP1],
    path: "Sources/ClawWebSocketEcho", swiftSettings: settings),
  .executableTarget(
    name: "swiftclaw-bench", dependencies: ["ClawStore", "ClawWebSocket", "ClawJSON", nioCore, nioPosix, nioHTTP1],
    path: "Benchmarks/Sources", swiftSettings: settings, linkerSettings: linker),
  .executableTarget(
    name: "TerminalChat", dependencies: ["ClawClient"], path: "Examples/TerminalChat", swiftSettings: settings),
  .executableTarget(name: "Notifier", dependencies: ["ClawClient"], path: "Examples/Notifier", swiftSettings: settings),
  .executableTarget(name: "Bot", dependencies: ["ClawClient"], path: "Examples/Bot", swiftSettings: settings),
  .target(
    name: "ClawTesting",
    dependencies: [
      "ClawCommands", "ClawServer", "ClawStore", "PostgresTesting", "ClawCore", "ClawJSON", "ClawWebSocket", logging,
      nioCore, nioPosix, nioHTTP1, nioSSL,
    ], path: "Tests/ClawTesting", swiftSettings: settings),
  .target(name: "CSpawn", path: "Tests/CSpawn"),
  .target(
    name: "PostgresTesting", dependencies: ["ClawStore", "CPostgres", "CSpawn"], path: "Tests/PostgresTesting",
    swiftSettings: settings),
  .testTarget(
    name: "ClawWebSocketTests",
    dependencies: ["ClawWebSocket", nioCore, nioPosix, nioHTTP1, nioWebSocket, nioEmbedded], swiftSettings: settings),
  .testTarget(
    name: "ClawServerTests",
    dependencies: [
      "ClawServer", "ClawCore", "ClawProtocol", "ClawJSON", "ClawWebSocket", asyncHTTPClient,
      hummingbirdCore, httpTypes, nioCore, nioPosix, nioHTTP1, nioEmbedded, logging, serviceLifecycle,
    ], swiftSettings: settings),
  .testTarget(
    name: "CrashTests",
    dependencies: ["ClawTesting", "ClawCore", "ClawJSON", "ClawWebSocket", "CSQLite", "swiftclaw"],
    swiftSettings: settings),
  .testTarget(
    name: "ClawModelsTests",
    dependencies: [
      "ClawModels", "ClawTesting", "ClawCore", "ClawJSON", asyncHTTPClient, nioCore, nioPosix, logging,
    ], exclude: ["Fixtures"], swiftSettings: settings),
  .testTarget(
    name: "ClawCommandsTests",
    dependencies: [
      "ClawCommands", "ClawTesting", "ClawClient", "ClawProtocol", "ClawJSON", "ClawCore", logging, argumentParser,
    ],
    swiftSettings: settings),
  .testTarget(
    name: "ClawClientTests",
    dependencies: [
      "ClawClient", "ClawProtocol", "ClawJSON", "ClawWebSocket", nioCore, nioPosix, nioHTTP1, nioWebSocket,
    ], swiftSettings: settings),
  .testTarget(
    name: "ExampleTests",
    dependencies: ["ClawTesting", "PostgresTesting", "ClawJSON", "TerminalChat", "Notifier", "Bot"],
    swiftSettings: settings),
  .testTarget(
    name: "ClawStoreTests", dependencies: ["ClawStore", "PostgresTesting", "ClawCore", "ClawJSON", "CSQLite"],
    swiftSettings: settings),
  .testTarget(
    name: "ClawEngineTests",
    dependencies: ["ClawEngine", "ClawStore", "ClawCore", "ClawJSON", logging, serviceLifecycle],
    swiftSettings: settings),
  .testTarget(name: "ClawCoreTests", dependencies: ["ClawCore"], swiftSettings: settings),
  .testTarget(name: "ArchitectureTests", dependencies: ["ClawProtocol"], swiftSettings: settings),
  .testTarget(
    name: "WireTests",
    dependencies: [
      "ClawTesting", "ClawCommands", "ClawServer", "ClawClient", "ClawProtocol", "ClawStore", "ClawCore",
      "ClawWebSocket", "ClawJSON", asyncHTTPClient, nioCore, nioPosix,
    ], swiftSettings: settings),
  .testTarget(
    name: "NodeTests",
    dependencies: [
      "ClawTesting", "PostgresTesting", "ClawCommands", "ClawCore", "ClawWebSocket", "ClawJSON", "swiftclaw",
      asyncHTTPClient, nioCore,
    ],
    swiftSettings: settings),
  .testTarget(name: "ClawJSONTests", dependencies: ["ClawJSON"], swiftSettings: settings),
  .testTarget(name: "ClawToolsTests", dependencies: ["ClawTools", "ClawCore", "ClawJSON"], swiftSettings: settings),
]

let package = Package(
  name: "swiftclaw",
  platforms: [.macOS(.v15), .iOS(.v18)],
  products: [
    .executable(name: "swiftclaw", targets: ["swiftclaw"]),
    .library(name: "ClawClient", targets: ["ClawClient", "ClawProtocol", "ClawJSON"]),
    .library(name: "ClawProtocol", targets: ["ClawProtocol"]),
  ],
  dependencies: dependencies,
  targets: targets
)
