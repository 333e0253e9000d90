using System.Text.Json;

namespace MLPlatform.Vlps.Models;

/// <summary>What <c>model.json</c> says of a declared model: the declaration, and its files with the checksums that tell them from any others.</summary>
/// <param name="Declaration">The model as it was declared.</param>
/// <param name="Dense">XXH3-64 of the file of dense weights, in hexadecimal.</param>
/// <param name="Tables">Files of rows, one for each table.</param>
public sealed record NetworkSection(JsonElement Declaration, string Dense, IReadOnlyList<NetworkTable> Tables);

/// <param name="File">The keyed file.</param>
/// <param name="Header">XXH3-64 of its header, which holds the checksums of the rest.</param>
/// <param name="Rows">Ids that have a row.</param>
public sealed record NetworkTable(string File, string Header, long Rows);
