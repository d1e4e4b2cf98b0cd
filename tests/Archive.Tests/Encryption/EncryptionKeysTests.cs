namespace Weir.Archive.Tests.Encryption;

public sealed class EncryptionKeysTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("weir-keys-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("00112233445566778899aabbccddeeff", 16)]
    [InlineData("00112233445566778899AABBCCDDEEFF0011223344556677", 24)]
    [InlineData("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 32)]
    [InlineData("ABEiM0RVZneImaq7zN3u/w==", 16)]
    [InlineData("ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=\n", 32)]
    public void A_key_is_digits_or_Base64(string text, int bytes)
    {
        File.WriteAllText(Path.Combine(folder, "k.key"), text);
        var key = new EncryptionKeys(folder).Find("k");
        Assert.Equal(bytes, key.Length);
        Assert.Equal([0x00, 0x11, 0x22, 0x33], key[..4]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("00112233445566778899aabbccddeef")]
    [InlineData("ABEiM0RVZneImaq7zN3u/wA=")]
    public void Anything_else_is_refused_with_its_place(string text)
    {
        File.WriteAllText(Path.Combine(folder, "k.key"), text);
        var error = Assert.Throws<EncryptionKeyException>(() => new EncryptionKeys(folder).Find("k"));
        Assert.Equal($"The encryption key in the file '{folder}/k.key' must be 16, 24 or 32 bytes in Base64 or hexadecimal, and is not.", error.Message);
    }

    [Fact]
    public void The_environment_goes_first()
    {
        File.WriteAllText(Path.Combine(folder, "line-1.a.key"), "00112233445566778899aabbccddeeff");
        Environment.SetEnvironmentVariable("WEIR_KEY_LINE_1_A", "ff112233445566778899aabbccddeeff");
        try
        {
            Assert.Equal(0xFF, new EncryptionKeys(folder).Find("line-1.a")[0]);
        }
        finally
        {
            Environment.SetEnvironmentVariable("WEIR_KEY_LINE_1_A", null);
        }
        Assert.Equal(0, new EncryptionKeys(folder).Find("line-1.a")[0]);
    }
}
