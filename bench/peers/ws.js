// An echo on npm ws, as its README writes it; bufferutil, which it uses when it is there, is installed.
'use strict'

const { WebSocketServer } = require('ws')

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]) }, () => console.log('ready'))

server.on('connection', (socket) => {
  socket.on('error', console.error)
  socket.on('message', (data, isBinary) => {
    if (isBinary) socket.send(data)
  })
})
