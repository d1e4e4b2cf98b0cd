using Weir.Vision.Models;

namespace Weir.Vision.Cascades;

/// <summary>What a cascade has found on an object.</summary>
/// <param name="Name">The cascade.</param>
/// <param name="Value">The text that was read, the class that was found, or a vector as base64 of 32-bit floats.</param>
/// <param name="Score">How sure the last model is, 0..1.</param>
/// <param name="Box">Where on the full picture; null where the whole object was looked at.</param>
/// <param name="Model">The model that gave the value, as <c>name version</c>.</param>
public sealed record ObjectAttribute(string Name, string Value, float Score, Box? Box, string Model);
