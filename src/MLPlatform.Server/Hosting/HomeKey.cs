using System.Security.Cryptography;

namespace MLPlatform.Server.Hosting;

/// <summary>A signing key in a file of the home folder that only this user may read; made where there is none.</summary>
internal static class HomeKey
{
    private const int Bytes = 32;

    /// <param name="lost">What deleting the file costs, for who finds it damaged.</param>
    public static byte[] Read(string file, string lost)
    {
        // Written whole under another name first: a crash leaves no half a key. Only the process that has the home gets here.
        if (!File.Exists(file))
        {
            string mine = $"{file}.{Environment.ProcessId}";
            using (FileStream stream = PrivateFiles.Create(mine))
                stream.Write(RandomNumberGenerator.GetBytes(Bytes));
            File.Move(mine, file, overwrite: true);
        }
        byte[] key = File.ReadAllBytes(file);
        return key.Length == Bytes ? key : throw new InvalidOperationException($"'{file}' is damaged: it must hold {Bytes} bytes. Delete it; {lost}.");
    }
}
